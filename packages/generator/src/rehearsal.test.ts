import { Failure } from "@apb/core/failure";
import type { Load } from "@apb/core/load";
import type { Point, Task, Workload } from "@apb/core/scenario";
import { fakeBinding } from "@apb/core/testing/fakes";
import { describe, expect, it } from "vitest";
import { rehearse } from "./rehearsal.ts";

const load: Load = {
  ...{ executor: "constant-vus", vus: 1, durationMs: 1000 },
  ...{ startTimeMs: 0, gracefulStopMs: 0, sessions: 1 },
};

/** What a point's parts note when they run, with what they remember. */
function noting(log: string[]) {
  const note =
    (what: string) =>
    async ({ vars }: { readonly vars: Record<string, unknown> }) => {
      log.push(`${what} ${JSON.stringify(vars)}`);
      vars[what] = true;
    };
  const task = (name: string): Task => ({
    ...{ name, weight: 1 },
    async run(vu) {
      await note(name)(vu);
      return () => void log.push(`verify ${name}`);
    },
  });
  const workload: Workload = {
    name: "w",
    load,
    sessionsPerVU: 1,
    onStart: note("start"),
    tasks: [task("a"), task("b")],
  };
  return { params: {}, thresholds: [], workloads: [workload], setup: note("setup"), teardown: note("teardown") };
}

const asked = { binding: "fake/memory", url: "memory:", client: "wire", timeoutMs: 1000 } as const;

describe("a rehearsal", () => {
  it("is the setup, the start of a user, the first iteration of each task, verified, and the teardown", async () => {
    const log: string[] = [];
    await rehearse(fakeBinding(), noting(log), asked);
    expect(log).toEqual([
      ...["setup {}", 'start {"setup":true}', 'a {"setup":true,"start":true}', "verify a"],
      ...['b {"setup":true,"start":true,"a":true}', "verify b", 'teardown {"setup":true}'],
    ]);
  });

  it("opens what the iterations do, and closes what they leave", async () => {
    const log: string[] = [];
    const { connect, ...binding } = fakeBinding();
    let lives = 0;
    const counted: typeof connect = async (url, options) => {
      const session = await connect(url, options);
      lives++;
      log.push(`open ${lives}`);
      const close = async (): Promise<void> => void log.push(`close, ${--lives} left`);
      return { ...session, [Symbol.asyncDispose]: close };
    };
    const run: Task["run"] = async (_, io) => {
      await io.open("open");
      return () => undefined;
    };
    const [workload] = noting(log).workloads as [Workload];
    const opening = { name: "w", load, sessionsPerVU: 1, opens: 1, tasks: [{ name: "a", weight: 1, run }] };
    const point = { params: {}, thresholds: [], workloads: [opening, { ...workload, tasks: [] }] };
    await rehearse({ ...binding, connect: counted }, point, asked);
    expect(log).toEqual(["open 1", "open 2", "close, 1 left", "start {}", "close, 0 left"]);
  });

  it.each<[what: string, part: (fail: () => Promise<never>) => Partial<Point>, says: string]>([
    ["the setup", (setup) => ({ setup }), "the setup failed, before timing: no"],
    [
      "the start of a user",
      (onStart) => ({ workloads: noting([]).workloads.map((one) => ({ ...one, onStart })) }),
      "the start of a user failed, before timing: no",
    ],
    [
      "the first iteration",
      (run) => ({ workloads: noting([]).workloads.map((one) => ({ ...one, tasks: [{ name: "a", weight: 1, run }] })) }),
      "the first iteration failed, before timing: no",
    ],
    ["the teardown", (teardown) => ({ teardown }), "the teardown failed, before timing: no"],
  ])("that fails in %s says so", async (_what, part, says) => {
    const fail = (): Promise<never> => Promise.reject(new Failure("agent", "no"));
    await expect(rehearse(fakeBinding(), { ...noting([]), ...part(fail) }, asked)).rejects.toThrow(`[agent] ${says}`);
  });
});
