import { setTimeout as wait } from "node:timers/promises";
import type { Measured, ServerUsage, Unmeasured } from "@apb/core/cell";
import { asFailure, Failure } from "@apb/core/failure";
import type { Profile } from "@apb/core/scenario";
import type { Connected, Driven, Generator, Target } from "./generator.ts";
import type { Group, PlannedCell } from "./plan.ts";
import type { Server } from "./server.ts";
import type { MemoryWatch, Usage } from "./usage.ts";
import { judge } from "./verdict.ts";

/** Generators get the word before it is time, so that they begin together: 20 ms, in nanoseconds. */
const startDelay = 20_000_000n;

/** What measuring needs from outside. Tests pass fakes. */
export interface Rig {
  serve(binding: string): Promise<Server>;
  generate(): Generator;
  readUsage(pid: number): Promise<Usage>;
  watchMemory(read: () => Promise<Usage>): MemoryWatch;
}

export interface MeasureOptions {
  readonly profile: Profile;
  readonly timeoutMs: number;
  /** Why the server's memory and CPU are not known, should its pid not be. */
  readonly noPidReason: string;
  readonly signal: AbortSignal;
}

/** A fresh server and a fresh generator, checked before anything is timed. */
interface Bench extends AsyncDisposable {
  readonly server: Server;
  readonly generator: Generator;
}

/** Measures a group's cells one after the other, yielding each as it is finished. A cell that fails does not stop the next. */
export async function* measureGroup(
  group: Group,
  rig: Rig,
  options: MeasureOptions,
): AsyncIterable<Measured | Unmeasured> {
  let bench: Bench | null = null;
  let refused: Failure | null = null;
  try {
    for (const cell of group.cells) {
      if (options.signal.aborted) return;
      try {
        // A server that cannot be served or verified is not tried again for every cell.
        if (refused !== null) throw refused;
        bench ??= await setUp(rig, cell).catch((error) => {
          refused = asFailure(error);
          throw refused;
        });
        yield await untilAborted(measureCell(cell, bench, rig, options), options.signal);
      } catch (error) {
        if (options.signal.aborted) return;
        yield { schemaVersion: 1, status: "failed", cell: cell.id, reason: asFailure(error).message };
        await bench?.[Symbol.asyncDispose]();
        bench = null;
      }
    }
  } finally {
    await bench?.[Symbol.asyncDispose]();
  }
}

async function setUp(rig: Rig, { id }: PlannedCell): Promise<Bench> {
  const server = await rig.serve(id.binding);
  const generator = rig.generate();
  const bench: Bench = {
    server,
    generator,
    async [Symbol.asyncDispose]() {
      await Promise.all([generator[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]);
    },
  };
  try {
    await verify(bench, { binding: id.binding, url: server.url, client: id.client });
    return bench;
  } catch (error) {
    await bench[Symbol.asyncDispose]();
    throw error;
  }
}

/** No number is taken from a server that does not do what the binding says. */
async function verify({ server, generator }: Bench, target: Target): Promise<void> {
  const outcomes = await whileServing(generator.verify(target), server);
  const failed = outcomes.filter(({ status }) => status === "failed");
  const [first] = failed;
  if (first === undefined) return;
  throw new Failure(
    "protocol",
    `${failed.length} of ${outcomes.length} checks failed before timing, first "${first.check}": ${first.reason}; run \`bench verify\` for all`,
  );
}

/** connect · warm up · drive · summarise. */
async function measureCell(cell: PlannedCell, bench: Bench, rig: Rig, options: MeasureOptions): Promise<Measured> {
  const { server, generator } = bench;
  const { id, work } = cell;
  const { profile, timeoutMs } = options;
  const { pid } = server;
  const read =
    pid === null ? null : (): Promise<Usage> => rig.readUsage(pid).catch((cause) => missed(pid, server, cause));

  const idle = await read?.();
  const target: Target = { binding: id.binding, url: server.url, client: id.client };
  const task = {
    ...target,
    scenario: id.scenario,
    profile,
    params: id.case,
    load: work.load,
    sessionsPerUser: work.sessionsPerUser,
    timeoutMs,
  };
  const connected = await whileServing(generator.connect(task), server);
  if (connected.held === 0)
    throw new Failure(
      "refused",
      `none of ${connected.asked} connections could be opened; the first said: ${connected.firstFailure}`,
    );
  const full = await read?.();
  await using memory = read === null ? null : rig.watchMemory(read);

  const callsBefore = await whileServing(server.calls(), server);
  const driving = generator.drive(profile.warmUpMs, process.hrtime.bigint() + startDelay);
  await whileServing(driving.opened, server);
  const atOpen = await read?.();
  await whileServing(driving.closed, server);
  const atClose = await read?.();
  const driven = await whileServing(driving.report, server);
  const seen = await memory?.stop();
  const callsAfter = await whileServing(server.calls(), server);
  await generator.disconnect();
  requireSuccess(driven);

  const usage: ServerUsage | null =
    idle && full && atOpen && atClose && seen
      ? {
          rssIdleBytes: idle.rssBytes,
          rssConnectedBytes: full.rssBytes,
          rssPeakBytes: seen.peakBytes,
          rssMeanBytes: seen.meanBytes,
          cpuPercentMean: (100 * (atClose.cpuMs - atOpen.cpuMs)) / driven.windowMs,
          cpuMsPerOperation: (atClose.cpuMs - atOpen.cpuMs) / (driven.completed * work.operations),
        }
      : null;
  const calls = callsBefore === null || callsAfter === null ? null : callsAfter - callsBefore;
  return summarise(cell, connected, driven, usage, calls, options);
}

/** A window without one success has no latency and no throughput to report: it is a failed cell, and says why. */
function requireSuccess({ steps, completed, windowMs }: Driven): void {
  const { count = 0, failures = {} } = steps.total ?? {};
  const kinds = Object.entries(failures).map(([kind, times]) => `${kind} × ${times}`);
  if (count === 0 && kinds.length > 0)
    throw new Failure("rejected", `no iteration succeeded in ${Math.round(windowMs)} ms: ${kinds.join(", ")}`);
  if (completed === 0)
    throw new Failure(
      "timeout",
      `no iteration ended within the window of ${Math.round(windowMs)} ms; use a longer --duration`,
    );
}

function summarise(
  { id, work }: PlannedCell,
  connected: Connected,
  driven: Driven,
  server: ServerUsage | null,
  serverCalls: number | null,
  { profile, noPidReason }: MeasureOptions,
): Measured {
  const { load } = work;
  const operations = driven.completed * work.operations;
  const { asked, held, failures } = connected;
  const generator = {
    processes: driven.processes,
    cpuPercentMean: (100 * driven.cpuMs) / driven.windowMs,
    cpuMsPerOperation: driven.cpuMs / operations,
    eventLoopUtilization: driven.eventLoopUtilization,
    lateStartP99Ms: driven.lateStartP99Ms,
    rssPeakBytes: driven.rssPeakBytes,
  };
  const { total } = driven.steps;
  if (total === undefined) throw new Failure("internal", "a drive with completed iterations reported no total");
  const iterationsPerSecond = (1000 * driven.completed) / driven.windowMs;
  const wire = {
    sentBytes: driven.sentBytes,
    receivedBytes: driven.receivedBytes,
    bodyBytes: driven.iterations * work.bodyBytes,
    operations: driven.iterations * work.operations,
  };
  return {
    schemaVersion: 1,
    status: "measured",
    cell: id,
    load: {
      model: load.model,
      users: driven.users,
      sessions: held,
      perSecond: load.model === "open" ? load.perSecond : null,
      warmUpMs: profile.warmUpMs,
      durationMs: driven.windowMs,
    },
    connections: { asked, held, failures },
    steps: { total, connect: connected.step, ...driven.steps },
    iterationsPerSecond,
    operationsPerSecond: iterationsPerSecond * work.operations,
    dropped: driven.dropped,
    wire,
    server,
    generator,
    verdict: judge({
      total,
      generator,
      connections: { asked, held },
      dropped: driven.dropped,
      users: driven.users,
      iterationsPerSecond,
      // Slices of a window that ended before its time are not the tenths they are meant to be.
      slices: driven.windowMs < load.until.durationMs ? null : driven.slices,
      calls: serverCalls === null || driven.failed > 0 ? null : { client: wire.operations, server: serverCalls },
      wire,
    }),
    missing: {
      ...(server === null ? { server: noPidReason } : {}),
      ...(load.model === "open"
        ? { "load.users": "an open load has arrivals, not users" }
        : { "load.perSecond": "a closed load has no rate" }),
    },
  };
}

/** A process that cannot be read has just ended, which its server will tell in a moment, or never was. */
function missed(pid: number, server: Server, cause: unknown): Promise<never> {
  const never = wait(1000).then(() => {
    throw new Failure("environment", `process ${pid} cannot be read; check --pid`, { cause });
  });
  return whileServing(never, server);
}

/** Rejects with `closed` as soon as the server ends by itself. */
function whileServing<T>(work: Promise<T>, server: Server): Promise<T> {
  return Promise.race([
    work,
    server.ended.then((how): never => {
      throw new Failure("closed", `the server ended in the middle of the measurement (${how})`);
    }),
  ]);
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new Failure("aborted", "the run was interrupted"));
    signal.addEventListener("abort", abort, { once: true });
  });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener("abort", abort));
}
