import { ceilingOf } from "@apb/core/ceiling";
import { type CellId, type CellResult, isOwnServer, type ThresholdResult, type Unmeasured } from "@apb/core/cell";
import { asFailure, Failure } from "@apb/core/failure";
import { mostShares, opensAt, sessionsAt } from "@apb/core/points";
import type { Assignment } from "@apb/generator/channel";
import type { Connected } from "@apb/generator/connected";
import { begin, end } from "./beginning.ts";
import { type Drove, driveCell, turnsOf } from "./drive-cell.ts";
import type { CellEvent, MeasureOptions } from "./events.ts";
import type { Driving, Generator } from "./generator.ts";
import type { Group, PlannedCell } from "./plan.ts";
import { untilAborted, whileServing, within } from "./races.ts";
import { type Equipment, type Rig, requireChecks, setUp } from "./rig.ts";
import type { Server } from "./server.ts";
import { readEveryMs, ServerProcesses } from "./server-processes.ts";
import { type Observations, stepsOf, summarise } from "./summary.ts";
import { machineMs, type UsageSample, type UsageWatch, watchUsage } from "./usage-series.ts";
import { answerMs } from "./watched-drive.ts";

/** Generators get the word before it is time, so that they begin together. */
const startDelayMs = 20;

const comeAndGo = "each session is a process of its own, and nobody adds up processes that come and go within a load";

/** What is to be done when a cell has been measured: measure the next, do so on a fresh rig, or nothing more. */
type Next = "go on" | "renew" | "end";

/**
 * Measures a group's cells one after the other, telling each second and each cell as it is over. A cell that fails does not
 * stop the next; a threshold that ends the run does.
 */
export async function* measureGroup(
  group: Group,
  equipment: Equipment,
  options: MeasureOptions,
): AsyncIterable<CellEvent> {
  const { signal } = options;
  let rig: Rig | null = null;
  let unusable: Failure | null = null;
  try {
    for (const cell of group.cells) {
      if (signal.aborted) return;
      let next: Next = "renew";
      try {
        // A server that cannot be started or fails the checks is not tried again for every cell.
        if (unusable !== null) throw unusable;
        rig ??= await setUp(equipment, group, signal);
        next = yield* measureCell(cell, rig, equipment, options);
      } catch (error) {
        if (signal.aborted) return;
        const failure = asFailure(error);
        if (rig === null || rig.fresh) unusable = failure;
        yield { kind: "cell", result: failed(cell.id, failure) };
      }
      if (next === "end") return;
      if (next === "go on") continue;
      await rig?.[Symbol.asyncDispose]();
      rig = null;
    }
  } finally {
    await rig?.[Symbol.asyncDispose]();
  }
}

/** connect · verify · warm up · drive · summarise. */
async function* measureCell(
  cell: PlannedCell,
  rig: Rig,
  equipment: Equipment,
  options: MeasureOptions,
): AsyncGenerator<CellEvent, Next> {
  const { server, generator } = rig;
  const { profile, timeoutMs, signal, agentDelayMs } = options;
  const warmUpMs = Math.max(profile.warmUpMs, rig.fresh ? profile.primeMs : 0, cell.point.warmUpMs ?? 0);
  const processes = new ServerProcesses(server, equipment.usageOf);
  const everyMs = readEveryMs(server, sessionsAt(cell.point));
  const uncountable = server.pid === "sessions" && opensAt(cell.point) > 0;
  const noPidReason = uncountable ? comeAndGo : options.noPidReason;
  await using usage = server.pid === null || uncountable ? null : watchUsage(processes.read, { everyMs });
  const { connected, idle, full } = await prepare(cell, rig, { usage, processes }, options);
  const began = await untilAborted(whileServing(begin(cell.point, generator), server), signal);

  await gathered(options);
  const warmed = await warmUpInTurns(generator, warmUpMs, options);
  const callsBefore = await callsOf(server);
  const calm = warmed && usage !== null ? await usage.sample() : null;
  await gathered(options);
  const drove = yield* driveCell({
    ...{ cell, rig, usage, idle, full, connected, calm, options },
    ...{ startAtMs: machineMs() + startDelayMs, warmUpMs: warmed ? 0 : warmUpMs },
  });
  // While others still have their turn nothing else is done that would disturb it.
  await gathered(options);
  const calls = await callsBehind(drove, server, callsBefore, signal);
  const alive = drove.failure === null && drove.closed !== null;
  const ending = alive ? await end(cell.point, generator, began.vars, timeoutMs) : [];
  await gathered(options);
  const result = resultOf(cell.id, drove, () =>
    summarise(cell, {
      ...drove,
      ...calls,
      ...{ connected, warmUpMs, noPidReason, agentDelayMs, goodput: profile.goodput },
      deviations: [...began.findings, ...rig.deviations, ...ending],
      ceiling: ceilingOf(options, cell.id),
    }),
  );
  // Cut short before anything could succeed: that says nothing about the server.
  if (result.status === "measured" || !signal.aborted) yield { kind: "cell", result };
  if (drove.crossed !== null) {
    yield { kind: "abort", reason: drove.crossed };
    return "end";
  }
  if (signal.aborted) return "end";
  // A generator that did not live to tell has nothing to close, and a server that tells nothing is not measured again.
  if (result.status === "failed" || drove.closed === null || calls.callsMissing !== null) return "renew";
  return (await disconnects(generator, timeoutMs)) ? "go on" : "renew";
}

/** The cell as it is summed up, or as failed, with what its thresholds have come to. */
function resultOf(id: CellId, drove: Drove, summed: () => CellResult): CellResult {
  const { failure, thresholds } = drove;
  // Of what was counted until a server ended nothing is believed, so that no limit on it was kept.
  const unkept = thresholds.map((threshold) => ({ ...threshold, ok: false, value: null }));
  if (failure !== null) return { ...failed(id, failure, unkept), ...countedOf(drove) };
  try {
    return summed();
  } catch (error) {
    return failed(id, asFailure(error), thresholds);
  }
}

/** What was told until then, for who must know how far it came; nothing where that was not a second. */
function countedOf({ totals, connect }: Drove): Pick<Unmeasured, "counted"> {
  if (totals.windowMs === 0) return {};
  const { dropped, interrupted, checks } = totals.counts();
  const steps = stepsOf(totals, connect);
  return { counted: { durationMs: totals.windowMs, dropped, interrupted, checks, steps } };
}

function failed(cell: CellId, { message }: Failure, thresholds: readonly ThresholdResult[] = []): Unmeasured {
  const judged = thresholds.length === 0 ? {} : { thresholds };
  return { schemaVersion: 2, status: "failed", cell, reason: message, ...judged };
}

/** A cell's connections, open and idle, and what the server used before and with them. */
interface Prepared {
  readonly connected: Connected;
  /** Null when nobody watches the server. */
  readonly idle: UsageSample | null;
  readonly full: UsageSample | null;
}

/** Opens the connections; on a fresh rig the load is rehearsed before, and our own servers are checked behind. */
async function prepare(
  cell: PlannedCell,
  rig: Rig,
  { usage, processes }: { readonly usage: UsageWatch | null; readonly processes: ServerProcesses },
  options: MeasureOptions,
): Promise<Prepared> {
  const { server, generator } = rig;
  const { signal } = options;
  const assignment = assignmentOf(cell, server, options);
  const untilDone = <T>(work: Promise<T>): Promise<T> => untilAborted(whileServing(work, server), signal);
  // The first request makes a server load and compile; that is no connection's memory.
  if (rig.fresh) await untilDone(generator.rehearse(assignment));
  const idle = await sampleOf(usage, server);
  const connected = await untilDone(generator.connect(assignment));
  const { asked, held, firstFailure } = connected;
  if (held === 0) {
    await tellingEnd(server);
    throw new Failure("refused", `none of ${asked} connections could be opened; the first said: ${firstFailure}`);
  }
  processes.add(connected.pids);
  const full = await sampleOf(usage, server);
  // The checks carry large bodies, which would leave the server with memory to spare, so they come after the readings.
  // Of others' servers nothing is demanded but that the load works, and its first iteration has.
  if (rig.fresh && options.checked !== true && isOwnServer(cell.id.server))
    rig.deviations = await untilAborted(requireChecks(rig, assignment), signal);
  rig.fresh = false;
  return { connected, idle, full };
}

function assignmentOf({ id, point }: PlannedCell, { url }: Server, options: MeasureOptions): Assignment {
  const { binding, client, scenario, load } = id;
  const { profile, timeoutMs, maxReplyBytes, headers, generators, seed, file } = options;
  const share = { index: 0, of: Math.min(generators, mostShares(point)) };
  return {
    ...{
      binding,
      url,
      client,
      scenario,
      profile,
      params: id.case,
      load,
      share,
      timeoutMs,
      maxReplyBytes,
      headers,
      seed,
    },
    ...(file === undefined ? {} : { file }),
  };
}

/** What is cut off costs its connection, and the window would begin with opening another. */
const warmUpGraceMs = 1000;

/**
 * Where loads take turns the warm-up is a load of its own, which is thrown away: so a window begins when its server has
 * been idle for a moment, and what that has used until then can be read exactly. Otherwise it goes over into the window.
 */
async function warmUpInTurns(generator: Generator, warmUpMs: number, options: MeasureOptions): Promise<boolean> {
  const { company, signal } = options;
  if (company === undefined) return false;
  // Far longer than it lasts, so that nothing of it is measured.
  const driving = generator.drive({ startAtMs: machineMs(), warmUpMs: 1000 * (warmUpMs + 1000), ...turnsOf(company) });
  const lastingMs = warmUpMs * company.sides;
  await untilAborted(new Promise((resolve) => setTimeout(resolve, lastingMs)), signal).finally(() =>
    driving.stop(warmUpGraceMs),
  );
  await within(answerMs, "the end of the warm-up", ended(driving));
  await gathered(options);
  return true;
}

/** Waits until a drive has ended, whatever it tells. */
async function ended({ seconds, closed }: Driving): Promise<void> {
  const telling = seconds[Symbol.asyncIterator]();
  while ((await telling.next()).done !== true);
  await closed;
}

/** Waits until all sides have come this far. Throws `aborted`. */
async function gathered({ company, signal }: MeasureOptions): Promise<void> {
  if (company !== undefined) await untilAborted(company.gather(), signal);
}

function callsOf(server: Server): Promise<number | null> {
  return within(answerMs, "the server's own count", whileServing(server.calls(), server));
}

/** The server's own count of a drive; a whole window is not lost for a server that does not tell it. */
async function callsBehind(
  { partial, failure }: Drove,
  server: Server,
  before: number | null,
  signal: AbortSignal,
): Promise<Pick<Observations, "serverCalls" | "callsMissing">> {
  if (before === null || partial !== null || failure !== null || signal.aborted)
    return { serverCalls: null, callsMissing: null };
  try {
    const after = await callsOf(server);
    return { serverCalls: after === null ? null : after - before, callsMissing: null };
  } catch (error) {
    return { serverCalls: null, callsMissing: asFailure(error).sentence };
  }
}

/** A server that has just ended will tell so in a moment. */
const tellingMs = 1000;

/** Waits that moment. Throws how it ended, if it did: that says more than what it no longer did. */
function tellingEnd(server: Server): Promise<void> {
  return whileServing(new Promise((resolve) => setTimeout(resolve, tellingMs)), server);
}

async function sampleOf(usage: UsageWatch | null, server: Server): Promise<UsageSample | null> {
  if (usage === null) return null;
  try {
    return await usage.sample();
  } catch (error) {
    await tellingEnd(server);
    throw error;
  }
}

/** Closes the connections, as far as the generator still can. */
function disconnects(generator: Generator, timeoutMs: number): Promise<boolean> {
  return within(timeoutMs + answerMs, "the closing of all connections", generator.disconnect()).then(
    () => true,
    () => false,
  );
}
