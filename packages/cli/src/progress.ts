import type { CellId, CellResult } from "@apb/core/cell";
import { secondOf } from "@apb/core/series";
import { caseText } from "@apb/report/format";
import { clipped } from "@apb/report/listing";
import type { RunEvent, SecondOfCell } from "@apb/runner/events";
import type { Group, Plan } from "@apb/runner/plan";
import ora, { type Ora } from "ora";
import pc from "picocolors";

/** What a person sees while a run is under way, on stderr: a live line at a terminal, a plain line per cell elsewhere. */
export interface Progress {
  /** What is done before the first cell. */
  prepare(doing: string): void;
  /** What has happened since. */
  take(event: RunEvent): void;
  /** A line that stays. */
  note(text: string): void;
  end(): void;
}

/** A live line is written over itself; in a narrower terminal, or one whose size nobody has told (0), that cannot be. */
const leastColumns = 20;

/** Before the text of the live line: the spinner, a space, and one column that stays free. */
const spinnerColumns = 3;

/** Of the cells that are planned; `env` says what kind of terminal the stream is. */
export function progress(
  { groups }: Plan,
  stream: NodeJS.WriteStream,
  now: () => number,
  env: NodeJS.ProcessEnv = process.env,
): Progress {
  const total = groups.reduce((sum, group) => sum + group.cells.length, 0);
  const live = liveLine(stream, env);
  let startedAt = now();
  let finished = 0;
  const left = (): string => {
    if (finished === 0) return "";
    const seconds = Math.ceil((((now() - startedAt) / finished) * (total - finished)) / 1000);
    return seconds < 90 ? `, ${seconds} s left` : `, ${Math.round(seconds / 60)} min left`;
  };
  const begin = (group: Group): void => {
    if (finished === 0) startedAt = now();
    live.show(`[${finished}/${total}${left()}] round ${group.round}  ${whoText(group)}`);
  };
  const done = (result: CellResult): void => {
    finished++;
    const line = `[${finished}/${total}${left()}] ${describe(result)}`;
    if (!live.show(line) || result.status === "failed") live.note(line);
  };
  return {
    prepare(doing) {
      if (!live.show(doing)) live.note(doing);
    },
    take(event) {
      if (event.kind === "group") begin(event.group);
      if (event.kind === "second") live.show(`[${finished}/${total}${left()}] ${during(event)}`);
      // Holes are told before anything is measured.
      if (event.kind === "cell" && event.result.status !== "not-applicable") done(event.result);
      if (event.kind === "abort") live.note(`ended: ${event.reason}`);
    },
    note: live.note,
    end: live.end,
  };
}

/** The one line that is written over itself, and those above it that stay. */
export interface LiveLine {
  /** Whether there is a live line for it: where plain lines are the better, nothing is shown. */
  show(text: string): boolean;
  note(text: string): void;
  end(): void;
}

/** At a terminal that has room; elsewhere only what stays is written. */
export function liveLine(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): LiveLine {
  let spinner = spinnerOn(stream, env);
  let shown = spinner?.text ?? "";
  const show = (text: string): boolean => {
    shown = text;
    if (spinner !== null) spinner.text = clipped(text, stream.columns - spinnerColumns);
    return spinner !== null;
  };
  const resized = (): void => {
    if (!hasRoom(stream)) {
      spinner?.stop();
      spinner = null;
    }
    show(shown);
  };
  stream.on("resize", resized);
  return {
    show,
    note(text) {
      spinner?.clear();
      stream.write(`${text}\n`);
      spinner?.render();
    },
    end() {
      stream.removeListener("resize", resized);
      spinner?.stop();
    },
  };
}

/** A live line where a person can see it; null where plain lines are the better. */
function spinnerOn(stream: NodeJS.WriteStream, { CI, TERM }: NodeJS.ProcessEnv): Ora | null {
  if (stream.isTTY !== true || CI !== undefined || TERM === "dumb" || !hasRoom(stream)) return null;
  const color = pc.isColorSupported ? "cyan" : false;
  return ora({ stream, isEnabled: true, discardStdin: false, color }).start("starting");
}

function hasRoom({ columns }: NodeJS.WriteStream): boolean {
  return columns >= leastColumns;
}

/** The reference server and the wire client are the ordinary ones, and need no word. */
function whoText({
  binding,
  server,
  client,
}: Pick<CellId, "binding" | "server"> & Partial<Pick<CellId, "client">>): string {
  const words = [server === "sdk" ? "sdk" : "", client === "library" ? "library" : ""].filter((word) => word !== "");
  return words.length === 0 ? binding : `${binding} (${words.join(", ")})`;
}

function during({ cell, snapshot, server, startedAt }: SecondOfCell): string {
  const { second, operations, durationMs, steps, vus } = secondOf(cell, snapshot, server, startedAt);
  const p50 = steps.total?.p50Ms?.toPrecision(3) ?? "–";
  const perSecond = Math.round((1000 * operations) / durationMs).toLocaleString("en-US");
  return `${whereText(cell)}  ${second + 1} s  ${vus} VUs  ${perSecond}/s  p50 ${p50} ms`;
}

function whereText(cell: CellId): string {
  return `round ${cell.round}  ${whoText(cell)}  ${[`${cell.scenario} ${caseText(cell.case)}`.trim(), cell.load].join(", ")}`;
}

function describe(result: CellResult): string {
  const where = whereText(result.cell);
  if (result.status !== "measured") return `${where}  ${result.status}: ${result.reason}`;
  const p50 = result.steps.total?.responseMs?.p50.toPrecision(3) ?? "–";
  const verdict = result.verdict.kind === "valid" ? "" : `  ${result.verdict.kind}`;
  return `${where}  ${Math.round(result.operationsPerSecond).toLocaleString("en-US")}/s  p50 ${p50} ms${verdict}`;
}
