import type { Measured, Unmeasured } from "@apb/core/cell";
import { Failure } from "@apb/core/failure";
import { StepRecorder } from "@apb/core/recorder";
import { loadOf, type Profile } from "@apb/core/scenario";
import { describe, expect, it } from "vitest";
import type { Rig } from "./bench.ts";
import type { CheckOutcome, Connected, Driven, Generator } from "./generator.ts";
import { measureGroup } from "./measure.ts";
import type { Group, PlannedCell } from "./plan.ts";
import type { Server } from "./server.ts";
import type { Usage } from "./usage.ts";

const profile: Profile = {
  name: "p",
  rounds: 1,
  warmUpMs: 5,
  primeMs: 50,
  windowMs: 2000,
  sizesBytes: [],
  rungs: [],
  users: 10,
};

function planned(n: number): PlannedCell {
  return {
    id: { scenario: "s", case: { n }, binding: "x/y", server: "sdk", client: "library", round: 1 },
    work: {
      params: { n },
      load: loadOf(profile, 10, 10),
      sessionsPerUser: 1,
      operations: 2,
      bodyBytes: 100,
      iterate: () => Promise.reject(new Error("the generator is a fake")),
    },
  };
}

function step(samples: readonly number[], failed = 0): ReturnType<StepRecorder["result"]> {
  const recorder = new StepRecorder();
  for (const ms of samples) recorder.succeed(0, 0, ms);
  for (let n = 0; n < failed; n++) recorder.fail("rejected", 0, 1);
  return recorder.result();
}

const connected: Connected = { asked: 10, held: 10, failures: {}, firstFailure: null, step: step([1, 2, 3]) };

const driven: Driven = {
  steps: { send: step([4]), total: step([5, 5, 5, 5]) },
  completed: 4,
  windowMs: 2000,
  dropped: 0,
  slices: [],
  silence: { fromMs: 0, untilMs: 5 },
  failed: 0,
  iterations: 6,
  lateStartP99Ms: 0,
  processes: 1,
  users: 10,
  sentBytes: 900,
  receivedBytes: 1200,
  reconnects: 0,
  cpuMs: 500,
  eventLoopUtilization: 0.25,
  rssPeakBytes: 7,
};

interface Script {
  readonly serve?: () => Promise<Server>;
  readonly verify?: () => Promise<readonly CheckOutcome[]>;
  readonly connect?: () => Promise<Connected>;
  readonly report?: () => Promise<Driven>;
  readonly pid?: number | null;
  readonly ended?: Promise<string>;
  readonly lost?: boolean;
  readonly cpuMs?: number;
}

/** A rig that plays a script and writes down what it was asked to do. */
function scripted(script: Script): { rig: Rig; log: string[] } {
  const log: string[] = [];
  const usages: Usage[] = [
    { rssBytes: 100, cpuMs: 1000 },
    { rssBytes: 200, cpuMs: 1000 },
    { rssBytes: 300, cpuMs: 1100 },
    { rssBytes: 300, cpuMs: 1100 + (script.cpuMs ?? 800) },
  ];
  let reads = 0;
  let calls = 0;
  const server: Server = {
    url: "http://fake",
    pid: script.pid === undefined ? 42 : script.pid,
    calls: async () => (calls += script.lost === true ? 11 : 12),
    deviations: { sings: "it hums", dances: "it sits" },
    ended: script.ended ?? new Promise(() => undefined),
    [Symbol.asyncDispose]: async () => void log.push("server ended"),
  };
  const generator: Generator = {
    touch: async () => void log.push("touch"),
    verify: async () => {
      log.push("verify");
      return (await script.verify?.()) ?? [{ check: "echoes", status: "passed", reason: "" }];
    },
    connect: async (task) => {
      log.push(`connect ${task.params.n}`);
      return (await script.connect?.()) ?? connected;
    },
    drive: (warmUpMs) => {
      log.push(`drive after ${warmUpMs}`);
      const report = script.report?.() ?? Promise.resolve(driven);
      report.catch(() => undefined);
      return { opened: Promise.resolve(), closed: Promise.resolve(), report };
    },
    disconnect: async () => void log.push("disconnect"),
    [Symbol.asyncDispose]: async () => void log.push("generator ended"),
  };
  const rig: Rig = {
    serve: async (binding, kind) => {
      log.push(`serve ${binding} ${kind}`);
      return script.serve === undefined ? server : script.serve();
    },
    generate: () => generator,
    readUsage: async () => usages[reads++ % usages.length] as Usage,
    watchMemory: () => ({
      stop: async () => ({ peakBytes: 400, meanBytes: 250 }),
      [Symbol.asyncDispose]: async () => void log.push("memory watch ended"),
    }),
  };
  return { rig, log };
}

async function measured(script: Script, cells = [1], signal = new AbortController().signal) {
  const { rig, log } = scripted(script);
  const group: Group = { binding: "x/y", server: "sdk", round: 1, cells: cells.map(planned) };
  const results: (Measured | Unmeasured)[] = [];
  const options = {
    profile,
    timeoutMs: 1000,
    noPidReason: "no pid",
    agentDelayMs: 0,
    ceilings: [],
    bindings: {},
    signal,
  };
  for await (const result of measureGroup(group, rig, options)) results.push(result);
  return { results, log };
}

describe("measureGroup", () => {
  it("serves, verifies, connects, drives and summarises, in this order", async () => {
    const { results, log } = await measured({}, [1, 2]);
    expect(log).toEqual([
      ...["serve x/y sdk", "touch", "connect 1", "verify", "drive after 50", "disconnect", "memory watch ended"],
      ...["connect 2", "drive after 5", "disconnect", "memory watch ended"],
      ...["generator ended", "server ended"],
    ]);
    expect(results[0]).toMatchObject({
      status: "measured",
      cell: { case: { n: 1 } },
      load: { model: "closed", users: 10, sessions: 10, perSecond: null, warmUpMs: 50, durationMs: 2000 },
      connections: { asked: 10, held: 10, failures: {} },
      iterationsPerSecond: 2,
      operationsPerSecond: 4,
      wire: { sentBytes: 900, receivedBytes: 1200, bodyBytes: 600, operations: 12 },
      server: {
        rssIdleBytes: 100,
        rssConnectedBytes: 200,
        rssPeakBytes: 400,
        rssMeanBytes: 250,
        cpuPercentMean: 40,
        cpuMsPerOperation: 100,
      },
      generator: { cpuPercentMean: 25, cpuMsPerOperation: 62.5, eventLoopUtilization: 0.25 },
      verdict: { kind: "valid" },
      missing: { "load.perSecond": "a closed load has no rate" },
    });
    expect(Object.keys((results[0] as Measured).steps)).toEqual(["total", "connect", "send"]);
  });

  it("holds the client's count of calls against the server's own", async () => {
    const { results } = await measured({ lost: true });
    expect(results[0]).toMatchObject({
      verdict: { kind: "lossy", findings: [{ message: expect.stringContaining("12") }] },
    });
    const { results: failing } = await measured({ lost: true, report: async () => ({ ...driven, failed: 1 }) });
    expect(failing[0]).toMatchObject({ verdict: { kind: "valid" } });
  });

  it("does not take a few steps of the CPU counter for a number", async () => {
    const { results } = await measured({ cpuMs: 40 });
    expect(results[0]).toMatchObject({
      server: { cpuPercentMean: null, cpuMsPerOperation: null, rssPeakBytes: 400 },
      missing: { "server.cpu": expect.stringContaining("10 ms steps") },
    });
  });

  it("says why a server's memory and CPU are missing", async () => {
    const { results } = await measured({ pid: null });
    expect(results[0]).toMatchObject({ status: "measured", server: null, missing: { server: "no pid" } });
  });

  it("fails every cell, without trying each, when the server cannot start", async () => {
    const serve = (): Promise<Server> => Promise.reject(new Failure("environment", "port 80 is taken"));
    const { results, log } = await measured({ serve }, [1, 2, 3]);
    expect(results.map(({ status }) => status)).toEqual(["failed", "failed", "failed"]);
    expect(results[2]).toMatchObject({ reason: "[environment] port 80 is taken" });
    expect(log).toEqual(["serve x/y sdk", "generator ended"]);
  });

  it("takes no number from a server that fails a check", async () => {
    const verify = async (): Promise<CheckOutcome[]> => [
      { check: "echoes", status: "passed", reason: "" },
      { check: "streams", status: "failed", reason: "got nothing" },
    ];
    const { results, log } = await measured({ verify });
    expect(results[0]).toMatchObject({
      status: "failed",
      reason: expect.stringContaining('1 of 2 checks failed before timing, first "streams": got nothing'),
    });
    expect(log).toEqual(["serve x/y sdk", "touch", "connect 1", "verify", "generator ended", "server ended"]);
  });

  it("measures a server that fails a check it is known to fail, and says so of every cell", async () => {
    const verify = async (): Promise<readonly CheckOutcome[]> => [
      { check: "echoes", status: "passed", reason: "" },
      { check: "sings", status: "failed", reason: "got a hum" },
      { check: "dances", status: "failed", reason: "got no step" },
    ];
    const { results } = await measured({ verify }, [1, 2]);
    expect(results).toHaveLength(2);
    for (const result of results)
      expect(result).toMatchObject({
        status: "measured",
        verdict: {
          findings: expect.arrayContaining([
            expect.objectContaining({
              kind: "deviates",
              message: 'this server does not pass the check "sings": it hums; nor the check "dances": it sits',
            }),
          ]),
        },
      });
  });

  it("does not count what is known among the checks that forbid measuring", async () => {
    const verify = async (): Promise<readonly CheckOutcome[]> => [
      { check: "sings", status: "failed", reason: "got a hum" },
      { check: "streams", status: "failed", reason: "got nothing" },
    ];
    const { results } = await measured({ verify });
    expect(results[0]).toMatchObject({
      reason: expect.stringContaining('1 of 2 checks failed before timing, first "streams"'),
    });
  });

  it.each([
    ["takes a server for idle whose CPU is too little to be counted", 42, ["nagle"]],
    ["takes no server for idle that nobody watched", null, []],
  ])("%s", async (_name, pid, expected) => {
    const total = step(Array.from({ length: 400 }, () => 44));
    const report = async (): Promise<Driven> => ({ ...driven, steps: { total }, completed: 400, windowMs: 1760 });
    const { results } = await measured({ report, pid, cpuMs: 10 });
    const [result] = results;
    const kinds = result?.status === "measured" ? result.verdict.findings.map(({ kind }) => kind) : ["failed"];
    expect(kinds.filter((kind) => kind === "nagle" || kind === "failed")).toEqual(expected);
  });

  it("goes on with a fresh server after a cell that failed", async () => {
    let times = 0;
    const connect = async (): Promise<Connected> => {
      if (++times === 2) throw new Failure("closed", "lost");
      return connected;
    };
    const { results, log } = await measured({ connect }, [1, 2, 3]);
    expect(results.map(({ status }) => status)).toEqual(["measured", "failed", "measured"]);
    expect(log.filter((line) => line === "serve x/y sdk")).toHaveLength(2);
    expect(log.filter((line) => line === "server ended")).toHaveLength(2);
  });

  it("fails a cell that holds no connection, with the first reason", async () => {
    const none: Connected = {
      ...connected,
      held: 0,
      failures: { refused: 10 },
      firstFailure: "[refused] ECONNREFUSED",
    };
    const { results } = await measured({ connect: async () => none });
    expect(results[0]).toMatchObject({ status: "failed", reason: expect.stringContaining("ECONNREFUSED") });
  });

  it.each<[name: string, report: Partial<Driven>, reason: string]>([
    ["only failures", { steps: { total: step([], 3) }, completed: 0 }, "rejected × 3"],
    ["nothing within the window", { steps: { total: step([1]) }, completed: 0 }, "use a longer --duration"],
  ])("fails a cell with %s", async (_name, report, reason) => {
    const { results } = await measured({ report: async () => ({ ...driven, ...report }) });
    expect(results[0]).toMatchObject({ status: "failed", reason: expect.stringContaining(reason) });
  });

  it("fails the cell when the server ends in the middle, with how it ended", async () => {
    const { results, log } = await measured({
      ended: Promise.resolve("signal SIGKILL"),
      connect: () => new Promise(() => undefined),
      verify: () => new Promise(() => undefined),
    });
    expect(results[0]).toMatchObject({ status: "failed", reason: expect.stringContaining("signal SIGKILL") });
    expect(log.slice(-2)).toEqual(["generator ended", "server ended"]);
  });

  it("yields nothing more once interrupted, and ends what it started", async () => {
    const controller = new AbortController();
    const connect = async (): Promise<Connected> => {
      controller.abort();
      return new Promise(() => undefined);
    };
    const { results, log } = await measured({ connect }, [1, 2], controller.signal);
    expect(results).toEqual([]);
    expect(log.slice(-2)).toEqual(["generator ended", "server ended"]);
  });
});
