import { setFlagsFromString } from "node:v8";
import type { Binding, Session } from "@apb/core/binding";
import { type Answer, channelVersion, type Request, versionFailure } from "@apb/core/channel";
import { runChecks } from "@apb/core/checks";
import { asFailure, Failure } from "@apb/core/failure";
import { partOf } from "@apb/core/load";
import type { ObservePhases } from "@apb/core/phases";
import { findPoint, sharesOf } from "@apb/core/points";
import type { Point, Scenario, Vars } from "@apb/core/scenario";
import { noTally } from "@apb/core/snapshot";
import { sessionsOf } from "@apb/core/split";
import { beginAll, doOnce } from "./begin.ts";
import { type Begun, mergeBegun, noneBegun } from "./begun.ts";
import type { Asked, Assignment, CheckOutcome, Closed, FileRef, GeneratorCalls, Start, Target } from "./channel.ts";
import { type Connected, mergeConnected } from "./connected.ts";
import { type ConnectedWorkload, drive, type UnderWay } from "./drive.ts";
import { OpenedSessions } from "./opened-sessions.ts";
import { rehearse } from "./rehearsal.ts";
import { bytesOf, opening, openSessions } from "./sessions.ts";
import { Turning } from "./turning.ts";

/** How the generator process finds what it is told to use. */
export interface GeneratorCatalog {
  binding(id: string): Binding | undefined;
  /** A bundled one, or the one in a file. Throws `usage` for a file that cannot be read as one. */
  scenario(name: string, file: FileRef | undefined): Scenario | undefined | Promise<Scenario | undefined>;
  /** Where calls tell of their phases; absent where none do. */
  readonly observePhases?: ObservePhases;
}

/**
 * V8 collects old garbage when the heap has grown by this much since it last did; left alone it lets it grow to four times
 * that and the first time to half a gigabyte. What ten thousand users wait in outlives the young generation, so
 * that all of it becomes old garbage: nobody needs it, but it would be most of what this process holds.
 */
const heapGrowthPercent = 40;

/** Connections that are open, and what they are for. */
interface Open {
  readonly assignment: Assignment;
  readonly point: Point;
  parts: readonly ConnectedWorkload[];
  underWay: UnderWay | null;
}

type Tell<Name extends keyof GeneratorCalls> = (event: GeneratorCalls[Name]["event"]) => void;

type Handlers = {
  [Name in keyof GeneratorCalls]: (
    argument: GeneratorCalls[Name]["argument"],
    tell: Tell<Name>,
  ) => Promise<GeneratorCalls[Name]["result"]>;
};

type Asking<Name extends keyof GeneratorCalls> = Request<Name, GeneratorCalls[Name]["argument"]>;

/** The generator process's side of the channel: answers calls until the channel closes, then ends the process. */
export function answerCalls(catalog: GeneratorCatalog): void {
  const sides = new Map<number, Handlers>();
  const turning = new Turning();
  const handlers = (side: number): Handlers => {
    const known = sides.get(side) ?? handlersOf(catalog, turning);
    sides.set(side, known);
    return known;
  };
  process.on("message", <Name extends keyof GeneratorCalls>(request: Asking<Name>) => {
    const about = { version: channelVersion, id: request.id } as const;
    const send = (answer: Answer<GeneratorCalls[Name]>): void => {
      process.send?.(answer);
    };
    handled(handlers(request.side), request, (event) => send({ ...about, kind: "event", event })).then(
      (value) => send({ ...about, kind: "result", value }),
      (error) => {
        const { kind, sentence } = asFailure(error);
        send({ ...about, kind: "failure", failure: kind, message: sentence });
      },
    );
  });
  process.on("SIGTERM", () => process.exit(0));
  process.on("disconnect", () => process.exit(0));
}

async function handled<Name extends keyof GeneratorCalls>(
  handlers: Handlers,
  { version, call, argument }: Asking<Name>,
  tell: Tell<Name>,
): Promise<GeneratorCalls[Name]["result"]> {
  if (version !== channelVersion) throw versionFailure("generator", channelVersion, version);
  if (!Object.hasOwn(handlers, call)) throw new Failure("internal", `this generator does not know the call ${call}`);
  return handlers[call](argument, tell);
}

function handlersOf(catalog: GeneratorCatalog, turning: Turning): Handlers {
  let open: Open | null = null;
  return {
    rehearse: async (assignment) =>
      rehearse(bindingOf(catalog, assignment), await pointOf(catalog, assignment), assignment),
    verify: (target) => verify(bindingOf(catalog, target), target),
    async connect(assignment) {
      // Libraries run as they do in an application.
      if (assignment.client === "wire") setFlagsFromString(`--heap-growing-percent=${heapGrowthPercent}`);
      const connected = await connect(catalog, assignment);
      open = connected.open;
      return connected.connected;
    },
    setup: () => once("setup", needed(open), {}),
    begin: (vars) => begin(needed(open), vars),
    async teardown(vars) {
      await once("teardown", needed(open), vars);
      return null;
    },
    drive: async (start, tell) => driveOpen(needed(open), start, { turning, tell, ...catalog }),
    async stop({ graceMs }) {
      turning.go();
      open?.underWay?.stop(graceMs);
      return null;
    },
    async disconnect() {
      await Promise.all(openedIn(open).map((opened) => opened.closeAll()));
      await Promise.all(sessionsIn(open).map((session) => session[Symbol.asyncDispose]()));
      open = null;
      return null;
    },
  };
}

function needed(open: Open | null): Open {
  if (open === null) throw new Failure("internal", "a load was asked for before connect");
  return open;
}

/** What a point does once, on the connections of its first workload. Throws what it throws, with which of the two it was. */
async function once(what: "setup" | "teardown", { assignment, point, parts }: Open, vars: Vars): Promise<Vars> {
  const [first] = parts;
  if (first === undefined || point[what] === undefined) return vars;
  try {
    return await doOnce(first, vars, assignment.timeoutMs, async (vu, io) => point[what]?.(vu, io));
  } catch (error) {
    const { kind, sentence } = asFailure(error);
    throw new Failure(kind, `the ${what} of ${assignment.scenario} failed: ${sentence}`, { cause: error });
  }
}

async function begin(open: Open, vars: Vars): Promise<Begun> {
  let all = noneBegun;
  const parts: ConnectedWorkload[] = [];
  for (const one of open.parts) {
    const { part, begun } = await beginAll(one, vars, open.assignment.timeoutMs);
    parts.push(part);
    all = mergeBegun(all, begun);
  }
  open.parts = parts;
  return all;
}

function sessionsIn(open: Open | null): readonly Session[] {
  return open?.parts.flatMap(({ sessions }) => sessions) ?? [];
}

function openedIn(open: Open | null): readonly OpenedSessions[] {
  return open?.parts.flatMap(({ opened }) => opened ?? []) ?? [];
}

function bindingOf(catalog: GeneratorCatalog, target: Target): Binding {
  const binding = catalog.binding(target.binding);
  if (binding === undefined) throw new Failure("internal", `the generator knows no binding ${target.binding}`);
  return binding;
}

async function pointOf(catalog: GeneratorCatalog, assignment: Assignment): Promise<Point> {
  const scenario = await catalog.scenario(assignment.scenario, assignment.file);
  const point = scenario === undefined ? undefined : findPoint(scenario, assignment);
  if (point === undefined) throw new Failure("internal", `the generator knows no such point of ${assignment.scenario}`);
  return point;
}

async function verify(binding: Binding, asked: Asked): Promise<CheckOutcome[]> {
  const { timeoutMs, stranger } = asked;
  const { signal } = new AbortController();
  const results = await runChecks({ binding, connect: opening(binding, asked) }, { timeoutMs, stranger, signal });
  return results.map((result) => {
    const { check, status } = result;
    if (status === "skipped") return { check, status, reason: result.reason };
    return { check, status, reason: status === "failed" ? result.failure.message : "" };
  });
}

async function connect(
  catalog: GeneratorCatalog,
  assignment: Assignment,
): Promise<{ readonly open: Open; readonly connected: Connected }> {
  const binding = bindingOf(catalog, assignment);
  const point = await pointOf(catalog, assignment);
  const parts: ConnectedWorkload[] = [];
  let all: Connected = { asked: 0, held: 0, failures: {}, firstFailure: null, step: noTally, pids: [] };
  for (const { workload, share } of sharesOf(point, assignment.share)) {
    const asked = sessionsOf(workload.load, share, workload.sessionsPerVU);
    const { sessions, connected } = await openSessions(binding, assignment, asked);
    const { opens } = workload;
    const opened =
      opens === undefined ? {} : { opened: new OpenedSessions(opening(binding, assignment), partOf(opens, share)) };
    parts.push({ workload, share, sessions, asked, ...opened });
    all = mergeConnected(all, connected);
  }
  return { open: { assignment, point, parts, underWay: null }, connected: all };
}

/** What a drive needs beside its load. */
interface Driving extends Pick<GeneratorCatalog, "observePhases"> {
  readonly turning: Turning;
  readonly tell: Tell<"drive">;
}

async function driveOpen(open: Open, start: Start, { turning, tell, observePhases }: Driving): Promise<Closed> {
  const { assignment, point, parts } = open;
  const sessions = sessionsIn(open);
  const before = bytesOf(sessions);
  const { warmUpMs, seed } = start;
  const { clock, leave } = turning.clockFor(start, point, tell);
  const underWay = drive({
    ...{ point, parts, warmUpMs, seed, timeoutMs: assignment.timeoutMs, ...clock },
    name: String(assignment.share.index),
    goodput: assignment.profile.goodput,
    observePhases: assignment.profile.phases === true ? observePhases : undefined,
  });
  open.underWay = underWay;
  const drove = await underWay.done.finally(() => {
    open.underWay = null;
    leave();
  });
  const after = bytesOf(sessions);
  const all = openedIn(open);
  const opened = all.map((some) => some.bytes());
  const sum = (key: "sent" | "received" | "reconnects"): number => opened.reduce((total, one) => total + one[key], 0);
  return {
    ...drove,
    sentBytes: after.sent - before.sent + sum("sent"),
    receivedBytes: after.received - before.received + sum("received"),
    reconnects: after.connections - before.connections + sum("reconnects"),
    sessionsLeft: all.reduce((total, { left }) => total + left, 0),
    rssPeakBytes: process.resourceUsage().maxRSS * 1024,
  };
}
