import { setFlagsFromString } from "node:v8";
import type { Binding, Session } from "@apb/core/binding";
import { runChecks } from "@apb/core/checks";
import { asFailure, Failure, type FailureKind } from "@apb/core/failure";
import { StepRecorder } from "@apb/core/recorder";
import type { Case, Scenario } from "@apb/core/scenario";
import { drive } from "./drive.ts";
import type { Asked, CheckOutcome, Connected, Driven, Target, Task } from "./generator.ts";
import type { Answer, Call } from "./generator-channel.ts";
import { findCase } from "./plan.ts";
import { realTime } from "./time.ts";

/** How the generator process finds what it is told to use. */
export interface GeneratorCatalog {
  binding(id: string): Binding | undefined;
  scenario(name: string): Scenario | undefined;
}

const connectTimeoutMs = 10_000;
/** Opening stops here; connections not tried by then are counted as `timeout`. */
const allConnectsTimeoutMs = 120_000;

/**
 * V8 collects old garbage when the heap has grown by this much since it last did; left alone it lets it grow to four times
 * that and the first time to half a gigabyte. What ten thousand users wait in outlives the young generation, so
 * that all of it becomes old garbage: nobody needs it, but it would be most of what this process holds.
 */
const heapGrowthPercent = 40;

interface Open {
  readonly task: Task;
  readonly work: Case;
  readonly sessions: readonly Session[];
}

/** The generator process's side of the channel: answers calls until the channel closes, then ends the process. */
export function answerCalls(catalog: GeneratorCatalog): void {
  const send = (answer: Answer): void => {
    process.send?.(answer);
  };
  let open: Open | null = null;

  const answer = async (call: Call): Promise<unknown> => {
    switch (call.call) {
      case "touch":
        return touch(bindingOf(catalog, call.argument), call.argument);
      case "verify":
        return verify(bindingOf(catalog, call.argument), call.argument);
      case "connect": {
        // Libraries run as they do in an application.
        if (call.argument.client === "wire") setFlagsFromString(`--heap-growing-percent=${heapGrowthPercent}`);
        const { sessions, connected, work } = await openSessions(catalog, call.argument);
        open = { task: call.argument, work, sessions };
        return connected;
      }
      case "drive":
        if (open === null) throw new Failure("internal", "drive was called before connect");
        return driveOpen(open, call.argument, send);
      case "disconnect":
        await Promise.all(open?.sessions.map((session) => session[Symbol.asyncDispose]()) ?? []);
        open = null;
        return null;
    }
  };

  process.on("message", (call: Call) => {
    answer(call).then(
      (value) => send({ kind: "result", value: value as never }),
      (error) => {
        const failure = asFailure(error);
        send({ kind: "failure", failure: failure.kind, message: failure.sentence });
      },
    );
  });
  process.on("SIGTERM", () => process.exit(0));
  process.on("disconnect", () => process.exit(0));
}

function bindingOf(catalog: GeneratorCatalog, target: Target): Binding {
  const binding = catalog.binding(target.binding);
  if (binding === undefined) throw new Failure("internal", `the generator knows no binding ${target.binding}`);
  return binding;
}

async function touch(binding: Binding, target: Asked): Promise<null> {
  using connects = connectsTo(binding, target);
  await using session = await connects.next();
  const signal = AbortSignal.timeout(target.timeoutMs);
  // Whether it answers as it should is for the checks to say.
  await session.call({ kind: "send", agent: "echo", body: "" }, signal).catch(() => undefined);
  return null;
}

/** Opens sessions one after the other. */
interface Connects extends Disposable {
  /** The next one; a server that does not let it come about is given up after a while. */
  next(): Promise<Session>;
}

/** All share a time limit, a new one after each that was reached: one for each would be as much as what it limits. */
function connectsTo(binding: Binding, { url, client }: Target): Connects {
  let limit = new AbortController();
  const late = new Failure("timeout", `expected a connection within ${connectTimeoutMs} ms`);
  const timer = setTimeout(() => limit.abort(late), connectTimeoutMs);
  return {
    next() {
      if (limit.signal.aborted) limit = new AbortController();
      timer.refresh();
      return binding.connect(url, { client, signal: limit.signal });
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

async function verify(binding: Binding, { url, client, timeoutMs }: Asked): Promise<CheckOutcome[]> {
  const connectOne = (signal: AbortSignal): Promise<Session> => binding.connect(url, { client, signal });
  const results = await runChecks(
    { binding, connect: connectOne },
    { timeoutMs, signal: new AbortController().signal },
  );
  return results.map((result) => {
    const { check, status } = result;
    if (status === "skipped") return { check, status, reason: result.reason };
    return { check, status, reason: status === "failed" ? result.failure.message : "" };
  });
}

interface Opened {
  readonly sessions: readonly Session[];
  readonly connected: Connected;
  readonly work: Case;
}

async function openSessions(catalog: GeneratorCatalog, task: Task): Promise<Opened> {
  const binding = bindingOf(catalog, task);
  const scenario = catalog.scenario(task.scenario);
  const found = scenario === undefined ? undefined : findCase(scenario, task.profile, task.params);
  if (found === undefined) throw new Failure("internal", `the generator knows no such case of ${task.scenario}`);
  const work: Case = { ...found, load: task.load };
  const asked = work.load.sessions;
  const recorder = new StepRecorder();
  const failures: Partial<Record<FailureKind, number>> = {};
  const sessions: Session[] = [];
  let firstFailure: string | null = null;
  using connects = connectsTo(binding, task);
  const begun = realTime.now();
  // One after the other: side by side they would wait for each other in this process, and that wait would be reported.
  for (let n = 0; n < asked; n++) {
    const started = realTime.now();
    try {
      if (started - begun > allConnectsTimeoutMs)
        throw new Failure("timeout", "the time for opening connections is over");
      sessions.push(await connects.next());
      recorder.succeed(started, started, realTime.now());
    } catch (error) {
      const { kind, message } = asFailure(error);
      firstFailure ??= message;
      failures[kind] = (failures[kind] ?? 0) + 1;
      recorder.fail(kind, started, realTime.now());
    }
  }
  const connected = { asked, held: sessions.length, failures, firstFailure, step: recorder.result() };
  return { sessions, work, connected };
}

async function driveOpen(
  { task, work, sessions }: Open,
  { warmUpMs, startAt }: { readonly warmUpMs: number; readonly startAt: bigint },
  send: (answer: Answer) => void,
): Promise<Driven> {
  const { load } = work;
  // Users without a connection of their own would only queue behind the others.
  const users =
    load.model === "closed" ? Math.max(1, Math.floor((load.users * sessions.length) / load.sessions)) : null;
  const before = bytesOf(sessions);
  let cpu = process.cpuUsage();
  let loop = performance.eventLoopUtilization();
  let eventLoopUtilization = 0;
  let rssPeakBytes = 0;
  await realTime.sleep(Number(startAt - process.hrtime.bigint()) / 1_000_000);
  const report = await drive({
    work,
    sessions,
    users: users ?? 0,
    warmUpMs,
    timeoutMs: task.timeoutMs,
    time: realTime,
    opened: () => {
      cpu = process.cpuUsage();
      loop = performance.eventLoopUtilization();
      send({ kind: "opened" });
    },
    closed: () => {
      cpu = process.cpuUsage(cpu);
      eventLoopUtilization = performance.eventLoopUtilization(loop).utilization;
      rssPeakBytes = process.resourceUsage().maxRSS * 1024;
      send({ kind: "closed" });
    },
  });
  const after = bytesOf(sessions);
  return {
    ...report,
    processes: 1,
    users,
    sentBytes: after.sent - before.sent,
    receivedBytes: after.received - before.received,
    reconnects: after.connections - before.connections,
    cpuMs: (cpu.user + cpu.system) / 1000,
    eventLoopUtilization,
    rssPeakBytes,
  };
}

function bytesOf(sessions: readonly Session[]): { sent: number; received: number; connections: number } {
  let sent = 0;
  let received = 0;
  let connections = 0;
  for (const { wire } of sessions) {
    sent += wire.sentBytes;
    received += wire.receivedBytes;
    connections += wire.connections;
  }
  return { sent, received, connections };
}
