import type { CellId, CellResult } from "@apb/core/cell";
import { caseText } from "@apb/report/format";
import type { Group } from "@apb/runner/plan";
import ora from "ora";

/** What a person sees while a run is under way, on stderr: a live line at a terminal, a plain line per cell elsewhere. */
export interface Progress {
  /** What is done before the first cell. */
  prepare(doing: string): void;
  begin(group: Group): void;
  done(result: CellResult): void;
  /** A line that stays. */
  note(text: string): void;
  end(): void;
}

/** `total` cells are to come. */
export function progress(total: number, stream: NodeJS.WriteStream, now: () => number): Progress {
  const live = stream.isTTY === true && process.env.CI === undefined;
  const spinner = live ? ora({ stream, discardStdin: false }).start("starting") : null;
  let startedAt = now();
  let finished = 0;
  const left = (): string => {
    if (finished === 0) return "";
    const seconds = Math.ceil((((now() - startedAt) / finished) * (total - finished)) / 1000);
    return seconds < 90 ? `, ${seconds} s left` : `, ${Math.round(seconds / 60)} min left`;
  };
  const say = (line: string): void => {
    if (spinner === null) {
      stream.write(`${line}\n`);
      return;
    }
    spinner.clear();
    stream.write(`${line}\n`);
    spinner.render();
  };
  return {
    prepare(doing) {
      if (spinner === null) say(doing);
      else spinner.text = fitted(doing, stream.columns);
    },
    begin(group) {
      if (finished === 0) startedAt = now();
      if (spinner !== null) spinner.text = `[${finished}/${total}${left()}] round ${group.round}  ${whoText(group)}`;
    },
    done(result) {
      finished++;
      const line = `[${finished}/${total}${left()}] ${describe(result)}`;
      if (spinner === null || result.status === "failed") say(line);
      if (spinner !== null) spinner.text = fitted(line, stream.columns);
    },
    note: say,
    end: () => {
      spinner?.stop();
    },
  };
}

/** The live line must stay one line, or it jumps; three columns are the spinner's. */
function fitted(line: string, columns: number): string {
  return line.length <= columns - 3 ? line : `${line.slice(0, columns - 4)}…`;
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

function describe(result: CellResult): string {
  const { scenario, round } = result.cell;
  const where = `round ${round}  ${whoText(result.cell)}  ${scenario} ${caseText(result.cell.case)}`;
  if (result.status !== "measured") return `${where}  ${result.status}: ${result.reason}`;
  const p50 = result.steps.total?.responseMs?.p50.toPrecision(3) ?? "–";
  const verdict = result.verdict.kind === "valid" ? "" : `  ${result.verdict.kind}`;
  return `${where}  ${Math.round(result.operationsPerSecond).toLocaleString("en-US")}/s  p50 ${p50} ms${verdict}`;
}
