import type { Load } from "@apb/core/load";
import type { Point, Scenario, Task } from "@apb/core/scenario";
import { fakeBinding } from "@apb/core/testing/fakes";
import { answerCalls } from "../work.ts";

/** A generator process whose only binding has no network: a session answers at once. */

const echo: Task = {
  name: "echo",
  weight: 1,
  async run({ session, iteration }, io) {
    const body = `iteration ${String(iteration).padStart(6, "0")}`;
    await io.step("send", (signal) => session.call({ kind: "send", agent: "echo", body }, signal));
    return () => undefined;
  },
};

/** A task that takes as long as it may. */
const endless: Task = {
  name: "endless",
  weight: 1,
  run: (_, io) =>
    io.step(
      "wait",
      (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    ),
};

const around = { startTimeMs: 0, gracefulStopMs: 30_000 };
const counted: Load = {
  ...around,
  ...{ executor: "shared-iterations", vus: 2, iterations: 50, maxDurationMs: 60_000, sessions: 2 },
};
const long: Load = { ...around, executor: "constant-vus", vus: 3, durationMs: 60_000, sessions: 3 };

function point(kind: number, ...workloads: readonly (readonly [load: Load, task: Task])[]): Point {
  return {
    params: { kind },
    workloads: workloads.map(([load, task], n) => ({ name: `w${n}`, load, sessionsPerVU: 1, tasks: [task] })),
    thresholds: [],
  };
}

const scenario: Scenario = {
  name: "fake",
  shows: "nothing",
  needs: new Set(["send"]),
  steps: ["send", "wait"],
  view: "general",
  points: () => [point(0, [counted, echo]), point(1, [long, endless], [counted, echo])],
};

answerCalls({
  expectation: () => () => undefined,
  binding: (id) => (id === "fake/memory" ? fakeBinding() : undefined),
  scenario: (name) => (name === "fake" ? scenario : undefined),
});
