import { arrivalsOf } from "@apb/core/arrivals";
import { defaultMaxInFlight, durationOf, isOpen, type Load, whole } from "@apb/core/load";
import { loadOf, type Point, type Profile, type Scenario, type Task, type Workload } from "@apb/core/scenario";
import { iterationsOf } from "@apb/core/split";
import { type Message, messageOf } from "./bodies.ts";

/** A rate that every SDK's server stands: an MCP session is four requests, of which the slowest does some hundreds a second. */
const perSecond = 50;
const sizeBytes = 1024;
/** Who is in the middle of something meanwhile: few, each calling ten times a second and not in step with the others. */
const usersInUse = 5;
const betweenCalls = { uniform: { fromMs: 50, toMs: 150 } } as const;
/** Of the time in which sessions are opened, before it. */
const warmUpShare = 1 / 4;
/** Where nobody can say how many sessions a load opens, it leaves no more than so many open. */
const mostLeft = 10_000;

/** Whether sessions are closed, as the protocol says how, or left to the server. */
const ways = ["properly", "never"] as const;

/**
 * New sessions all the time, each on a connection of its own and for one call, as chat clients use their connectors: they
 * hold neither for the next call. Beside them a few users call on sessions that they opened before the load.
 */
export const sessionChurn: Scenario = {
  name: "session-churn",
  shows:
    "what opening a session costs and its first call, what a server keeps of sessions that nobody closes, and how those in use fare meanwhile",
  needs: new Set(["send"]),
  takesCall: true,
  steps: ["open", "first_call", "close", "in_use"],
  view: "sessions",
  points: (profile) => ways.map((close) => churnPoint(close, profile)),
};

function churnPoint(close: (typeof ways)[number], profile: Profile): Point {
  const durationMs = profile.churnMs ?? profile.windowMs;
  const executor = {
    executor: "constant-arrival-rate",
    perSecond,
    durationMs,
    maxInFlight: defaultMaxInFlight,
  } as const;
  // A place for each that may be opening at a time; its own session, which every place has, idles.
  const load = loadOf({ ...profile, executor: profile.executor ?? executor }, profile.vus);
  const message = messageOf(profile, sizeBytes);
  const churn: Workload = {
    ...{ name: "churn", load, sessionsPerVU: 1 },
    opens: load.sessions + (close === "never" ? leftBy(load) : 0),
    tasks: [opening(message, close === "properly")],
  };
  return {
    params: { close },
    workloads: [churn, inUse(message, load)],
    thresholds: [],
    // Code that a server compiles takes memory too.
    warmUpMs: durationMs * warmUpShare,
    // What is left open, and what a server keeps of what was closed, is no other cell's.
    freshServer: true,
  };
}

function leftBy(load: Load): number {
  return Math.min(mostLeft, isOpen(load) ? arrivalsOf(load) : iterationsOf(load, whole));
}

function opening({ agent, body, expectReply }: Message, closes: boolean): Task {
  return {
    name: "session",
    weight: 1,
    async run(_, io) {
      const session = await io.open("open");
      const reply = await io.step("first_call", (signal) => session.call({ kind: "send", agent, body }, signal));
      if (closes) await io.step("close", async () => session[Symbol.asyncDispose]());
      return () => expectReply(reply);
    },
  };
}

/** As long as the churn goes on. */
function inUse({ agent, body, expectReply }: Message, churn: Load): Workload {
  const { startTimeMs, gracefulStopMs } = churn;
  const executor = { executor: "constant-vus", vus: usersInUse, durationMs: durationOf(churn) } as const;
  const call: Task = {
    name: "call",
    weight: 1,
    async run({ session }, io) {
      const reply = await io.step("in_use", (signal) => session.call({ kind: "send", agent, body }, signal));
      return () => expectReply(reply);
    },
  };
  return {
    ...{ name: "in use", load: { ...executor, startTimeMs, gracefulStopMs, sessions: usersInUse } },
    ...{ sessionsPerVU: 1, think: betweenCalls, tasks: [call] },
  };
}
