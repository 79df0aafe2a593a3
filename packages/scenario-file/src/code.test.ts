import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scenario } from "./agent-protocol-bench.ts";
import { scenarioOfCode } from "./code.ts";
import { openScenarioFile } from "./open-file.ts";

const profile = {
  ...{ name: "p", rounds: 1, warmUpMs: 0, primeMs: 0, windowMs: 1000 },
  ...{ sizesBytes: [], rungs: [], vus: 1 },
};
const run = async (): Promise<void> => undefined;

describe("a scenario in code", () => {
  it("says what a YAML file says, with functions for steps", () => {
    const written = scenarioOfCode(
      scenario({
        ...{
          name: "shop",
          binding: "acp/rest",
          vus: 3,
          duration: "2s",
          wait: { pacing: "1s" },
          connections: 2,
          opens: 9,
        },
        ...{
          metrics: { sold: "counter" },
          steps: ["pay"],
          thresholds: { "response{step:pay}": "p(95)<9", sold: "count>1" },
        },
        tasks: [
          { name: "buy", weight: 3, run },
          { name: "look", run },
        ],
      }),
      "/a/shop.ts",
    );
    const [point] = written.scenario.points({ ...profile, timeScale: 0.5 });
    expect(written.bindings).toEqual(["acp/rest"]);
    expect(point?.workloads).toMatchObject([
      {
        load: { executor: "constant-vus", vus: 3, durationMs: 1000, sessions: 6 },
        think: { pacingMs: 1000 },
        opens: 9,
        tasks: [
          { name: "buy", weight: 3 },
          { name: "look", weight: 1 },
        ],
      },
    ]);
    expect(point?.thresholds).toMatchObject([{ metric: "response", tags: { step: "pay" } }, { metric: "sold" }]);
  });

  it("blames the user's code for what it throws, and itself for nothing", async () => {
    const broken = async (): Promise<void> => {
      throw new TypeError("x is not a function");
    };
    const { scenario } = scenarioOfCode({ tasks: [{ name: "buy", run: broken }] }, "/a/my load.ts");
    expect(scenario.name).toBe("my-load");
    const [task] = scenario.points(profile)[0]?.workloads[0]?.tasks ?? [];
    await expect(task?.run({} as never, {} as never)).rejects.toThrow(
      "[usage] the code of buy threw: TypeError: x is not a function",
    );
  });

  it.each<[name: string, exported: unknown, says: string]>([
    [
      "nothing",
      undefined,
      "/a/shop.ts: expected `export default scenario({ … })`, with `scenario` from agent-protocol-bench",
    ],
    ["nobody who does anything", { vus: 1 }, "/a/shop.ts: expected `tasks` or `users`: who does what"],
    [
      "a task that does nothing",
      { tasks: [{ name: "a" }] },
      "/a/shop.ts: tasks.0: expected `run`, which is missing (expected a function)",
    ],
    [
      "a misspelt key",
      { tasks: [{ name: "a", run }], threshold: {} },
      "/a/shop.ts: threshold: there is no key 'threshold'; did you mean 'thresholds'?",
    ],
    [
      "a load that is none",
      { tasks: [{ name: "a", run }], vus: 0, duration: "1s" },
      "/a/shop.ts: vus: expected a whole number from 1, got 0",
    ],
  ])("with %s says where by its keys", (_name, exported, says) => {
    expect(() => scenarioOfCode(exported, "/a/shop.ts")).toThrow(says);
  });
});

describe("a file", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "scenario-code-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("that was changed since it was first read, is not there, or is no scenario's, is refused", async () => {
    const path = join(folder, "a.yaml");
    await writeFile(path, "tasks: [{call: echo}]");
    const { sha256 } = await openScenarioFile(path, {});
    await openScenarioFile(path, {}, sha256);
    await writeFile(path, "tasks: [{call: other}]");
    await expect(openScenarioFile(path, {}, sha256)).rejects.toThrow(/a\.yaml was changed while the run was under way/);
    await expect(openScenarioFile(join(folder, "b.yaml"), {})).rejects.toThrow(/there is no such file/);
    await writeFile(join(folder, "c.txt"), "");
    await expect(openScenarioFile(join(folder, "c.txt"), {})).rejects.toThrow(/ends in \.yaml/);
  });
});
