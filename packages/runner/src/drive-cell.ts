import type { ThresholdResult } from "@apb/core/cell";
import { asFailure, type Failure } from "@apb/core/failure";
import { endOf } from "@apb/core/load";
import type { Observed } from "@apb/core/metrics";
import { opensAt } from "@apb/core/points";
import type { Point } from "@apb/core/scenario";
import type { Second } from "@apb/core/series";
import { type Threshold, thresholdText } from "@apb/core/threshold";
import { StepTotals, Totals } from "@apb/core/totals";
import type { Closed, Start } from "@apb/generator/channel";
import type { Connected } from "@apb/generator/connected";
import type { CellEvent, Company, MeasureOptions } from "./events.ts";
import { type Held, holdingOf } from "./kept-memory.ts";
import { Limits } from "./limits.ts";
import type { PlannedCell } from "./plan.ts";
import { within } from "./races.ts";
import type { Rig } from "./rig.ts";
import { serverSeen, type UsageSeen } from "./usage-seen.ts";
import { machineMs, type UsageSample, type UsageWatch, usageBetween } from "./usage-series.ts";
import { answerMs, WatchedDrive } from "./watched-drive.ts";

/** A cell whose connections are open. */
export interface Ready {
  readonly cell: PlannedCell;
  readonly rig: Rig;
  readonly usage: UsageWatch | null;
  /** What was read of the server before its connections and with them; null where nobody watches it. */
  readonly idle: UsageSample | null;
  readonly full: UsageSample | null;
  readonly connected: Connected;
  /** Where loads take turns, what was read of the server when it was idle, just before; null where it is not, or nobody watches it. */
  readonly calm: UsageSample | null;
  /** When the warm-up begins, on the machine's clock. */
  readonly startAtMs: number;
  readonly warmUpMs: number;
  readonly options: MeasureOptions;
}

/** What came of a drive, whole or in part. */
export interface Drove {
  readonly totals: Totals;
  /** The opening of its connections. */
  readonly connect: StepTotals;
  /** The server's memory and CPU; null when nobody watched it. */
  readonly usage: UsageSeen | null;
  /** Null where a generator did not live to tell. */
  readonly closed: Closed | null;
  /** Why it ended before its time; null when it did not. */
  readonly partial: string | null;
  /** What leaves nothing to believe: the server's end, or what broke the drive before its first second; null otherwise. */
  readonly failure: Failure | null;
  /** The server's memory where iterations open sessions; null where they do not. */
  readonly held: Held | null;
  readonly thresholds: readonly ThresholdResult[];
  /** Which threshold says that the run must end, as a sentence; null when none does. */
  readonly crossed: string | null;
}

/**
 * Drives, second by second, until the load is over, somebody or a threshold stops it, or a generator or the server dies or
 * falls silent. What was told until then is kept, and judged by the thresholds.
 */
export async function* driveCell(ready: Ready): AsyncGenerator<CellEvent, Drove> {
  const { cell, rig, usage, startAtMs, warmUpMs, options } = ready;
  const { signal, thresholds, company } = options;
  const { totals, connect, windowFromMs, observed, used } = observing(ready);
  const limits = new Limits(thresholds, cell);
  const driving = rig.generator.drive({ startAtMs, warmUpMs, ...turnsOf(company) });
  using drive = new WatchedDrive(driving, rig.server);
  const holding = opensAt(cell.point) === 0 ? null : holdingAt(windowFromMs - collectingMs, ready);
  let held: Held | null = null;
  let closed: Closed | null = null;
  let broken: Failure | null = null;
  let crossed: Threshold | null = null;
  let cut = false;
  using _ = onAbort(signal, () => drive.stop());
  try {
    for (;;) {
      const snapshot = await drive.next(patienceMs(ready, totals.windowMs, windowFromMs));
      if (snapshot === null) break;
      totals.add(snapshot);
      if (snapshot.draining) continue;
      const [from, to] = [windowFromMs + snapshot.fromMs, windowFromMs + snapshot.toMs];
      // What the server used until the second's end is known by a reading behind it.
      await usage?.sample().catch(() => undefined);
      yield { kind: "second", cell: cell.id, snapshot, startedAt: dateOf(from), server: serverIn(usage, from, to) };
      crossed ??= limits.abortsBy(observed());
      if (crossed === null || cut || isWhole(cell.point, totals.windowMs)) continue;
      cut = true;
      drive.stop();
    }
    closed = await within(answerMs, "the end of the load", driving.closed);
    // In the others' turns a server is idle: what it used until then is all that it used in its own.
    if (company !== undefined) await usage?.sample();
    if (holding !== null) held = { before: await holding, after: await holdingNow(ready) };
  } catch (error) {
    broken = asFailure(error);
  }
  // What ended behind the window may be what crosses it: where a server hangs, all of its time-outs do.
  crossed ??= limits.abortsBy(observed());
  const sentence = crossed === null ? null : `the threshold ${thresholdText(crossed)} was crossed`;
  return {
    ...{ totals, connect, usage: used(), closed, held, crossed: sentence, thresholds: limits.results(observed()) },
    partial:
      signal.aborted && !isWhole(cell.point, totals.windowMs)
        ? "the run was interrupted"
        : (broken?.sentence ?? (cut ? sentence : null)),
    failure: broken === null ? null : (drive.serverFailure ?? (totals.windowMs === 0 ? broken : null)),
  };
}

/** What is known of a cell, from the opening of its connections on. */
function observing({ connected, usage, idle, full, calm, startAtMs, warmUpMs }: Ready) {
  const totals = new Totals();
  const connect = new StepTotals();
  connect.add(connected.step);
  const windowFromMs = startAtMs + warmUpMs;
  const used = (): UsageSeen | null => {
    if (usage === null || idle === null || full === null) return null;
    const { samples, resolutionMs } = usage;
    // Those so far: what is read later must not tell the cell's figures from those that its thresholds were judged by.
    const window = { fromMs: windowFromMs, untilMs: windowFromMs + totals.windowMs };
    const last = samples.at(-1);
    const seen = { samples: [...samples], resolutionMs, idle, full };
    return calm === null || last === undefined
      ? { ...seen, ...window }
      : { ...seen, fromMs: calm.atMs, untilMs: last.atMs, whole: true };
  };
  const observed = (): Observed => ({ totals, connect, server: serverSeen(used()) });
  return { totals, connect, windowFromMs, observed, used };
}

/** How a load takes turns with those of its company. */
export function turnsOf(company: Company | undefined): Pick<Start, "turns"> {
  if (company === undefined) return {};
  const { sides, sliceMs } = company;
  return { turns: { sides, sliceMs } };
}

/** A server collects in the warm-up, early enough that nothing of the window waits for it. */
const collectingMs = 300;

/** What the server holds at a time of the machine's clock. */
async function holdingAt(atMs: number, ready: Ready): Promise<Held["before"]> {
  await new Promise((resolve) => setTimeout(resolve, atMs - machineMs()));
  return holdingNow(ready);
}

function holdingNow({ rig, usage }: Ready): Promise<Held["before"]> {
  return within(answerMs, "the server's collection", holdingOf(rig.server, usage)).catch(() => null);
}

/** A time of the machine's clock by the calendar. */
function dateOf(atMs: number): Date {
  return new Date(Date.now() - machineMs() + atMs);
}

/** Does it when the signal says so, until this is disposed. */
function onAbort(signal: AbortSignal, act: () => void): Disposable {
  if (signal.aborted) act();
  else signal.addEventListener("abort", act, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", act) };
}

/** Milliseconds from the window's start to the end of the last load. */
function lengthOf({ workloads }: Point): number {
  return Math.max(...workloads.map(({ load }) => endOf(load)));
}

/** Whether so much is all of the window; what is told is rounded. */
function isWhole(point: Point, windowMs: number): boolean {
  return windowMs > lengthOf(point) - 1;
}

/** How long what comes next may take when all is well: a second, the warm-up before the first, the last replies behind the last. */
function patienceMs({ cell, options }: Ready, windowMs: number, windowFromMs: number): number {
  const { point } = cell;
  const turns = options.company?.sides ?? 1;
  // The others' turns end when what is under way in them has.
  const othersMs = (turns - 1) * options.timeoutMs;
  if (isWhole(point, windowMs))
    return Math.max(...point.workloads.map(({ load }) => load.gracefulStopMs)) * turns + othersMs + answerMs;
  const opensInMs = windowMs === 0 ? Math.max(0, windowFromMs - machineMs()) : 0;
  return (opensInMs + 1000) * turns + othersMs + answerMs;
}

function serverIn(usage: UsageWatch | null, fromMs: number, toMs: number): Second["server"] {
  const used = usage === null ? null : usageBetween(usage.samples, fromMs, toMs);
  if (used === null) return null;
  return { rssBytes: Math.round(used.rssMeanBytes), cpuPercent: (100 * used.cpuMs) / (toMs - fromMs) };
}
