import { describe, expect, it } from "vitest";
import { profiles } from "./catalog.ts";
import type { RunFlags } from "./flags.ts";
import { orderOf, selectProfile } from "./order.ts";

const flags: RunFlags = {
  profile: "smoke",
  client: ["library"],
  timeout: 1000,
  delay: 0,
  work: 0,
  generators: 1,
  seed: 1,
  format: "table",
  maxRegression: 0.2,
};

describe("orderOf", () => {
  it.each<[name: string, given: Partial<RunFlags>, message: RegExp]>([
    ["a pid without a target", { pid: 1 }, /--pid says whose memory/],
    ["sizes without message-size", { size: [1], scenario: ["workflow"] }, /--size is for the scenario message-size/],
    ["layers in an open load", { layers: true, vus: 1, rate: 5 }, /--layers puts VUs on the .* leave --rate out/],
    ["layers under a load of one's own", { layers: true, executor: "constant-vus" }, /leave --executor out/],
    [
      "layers of a ramp",
      { layers: true, vus: 1, stage: [], startVus: 1, gracefulRampDown: 0, gracefulStop: 0 },
      /leave --start-vus, --stage, --graceful-stop, --graceful-ramp-down out/,
    ],
    [
      "layers of iterations",
      { layers: true, vus: 1, iterations: 5, timeScale: 2 },
      /leave --iterations, --time-scale out/,
    ],
    ["layers of a target", { layers: true, target: "http://localhost:1" }, /leave --target out/],
    ["layers of a command", { layers: true, target: "localhost:1", serve: "x" }, /leave --target, --serve out/],
    [
      "a delay of a command's",
      { delay: 1, binding: ["agp/grpc"], target: "localhost:1", serve: "x" },
      /--delay and --work are for the bundled agents/,
    ],
    ["a command without a target", { serve: "x" }, /--serve needs --target/],
    ["a kind of ours for a command", { serve: "x", target: "localhost:1", server: ["sdk"] }, /--server chooses among/],
    [
      "layers without message-size",
      { layers: true, size: [1024], scenario: ["workflow"] },
      /--layers are told apart in the scenario message-size/,
    ],
    ["events without streams", { events: [20] }, /--events is for the scenario streaming; add --scenario streaming/],
    ["limits without streams", { goodput: [] }, /no scenario of this run streams; add --scenario streaming/],
    ["rungs without the ladder", { connections: [1, 2], scenario: ["workflow"] }, /several --connections/],
    ["VUs in an open load", { rate: 5, vus: 3 }, /--vus means nothing to constant-arrival-rate/],
    ["fewer iterations than VUs", { iterations: 5, vus: 10 }, /an iteration or more for each VU, got 5 for 10 VUs/],
    ["a ramp without anybody", { startVus: 0, stage: [{ durationMs: 1000, target: 0 }] }, /there is never a VU/],
    ["a metric that is none", { threshold: ["respons:p(99)<5"] }, /did you mean 'response'/],
    ["a step that no scenario has", { threshold: ["response{step:totl}:p(99)<5"] }, /did you mean 'total'/],
    ["a binding that is not measured", { threshold: ["response{binding:slim/grpc}:p(99)<5"] }, /no binding/],
    ["a case that there is not", { threshold: ["response{sizeBytes:1025}:p(99)<5"] }, /no sizeBytes/],
  ])("refuses %s", (_name, given, message) => {
    expect(() => orderOf({ ...flags, ...given })).toThrow(message);
    expect(() => orderOf({ ...flags, ...given })).toThrow(/^\[usage\]/);
  });

  it("streams as many events as it is told, within limits", () => {
    const goodput = [{ metric: "first_event", limitMs: 200 }] as const;
    const { profile, scenarios } = orderOf({ ...flags, scenario: ["streaming"], events: [7], goodput });
    expect(profile).toMatchObject({ events: [7], goodput });
    expect(scenarios.flatMap((one) => one.points(profile)).map(({ params }) => params)).toEqual([
      { events: 7 },
      { events: 7, everyMs: 20 },
    ]);
  });

  it("lets the rest be", () => {
    expect(() => orderOf({ ...flags, layers: true, vus: 3, duration: 5 })).not.toThrow();
    expect(() =>
      orderOf({ ...flags, binding: ["agp/grpc"], pid: 1, target: "http://localhost:1", rate: 5 }),
    ).not.toThrow();
    expect(() => orderOf({ ...flags, size: [1], connections: [5], scenario: ["message-size"] })).not.toThrow();
  });

  it("says what is measured by whom, and nothing that has happened", () => {
    const order = orderOf({ ...flags, binding: ["agp/grpc"], target: "http://localhost:1", pid: 7, rate: 5 });
    expect(order).toMatchObject({
      servers: ["external"],
      clients: ["library"],
      target: { url: "http://localhost:1", pid: 7 },
      timeoutMs: 1000,
      maxReplyBytes: 64 * 1024 * 1024,
      out: null,
      baseline: null,
      history: null,
      requireJudged: [],
    });
    expect(order.bindings.map(({ id }) => id)).toEqual(["agp/grpc"]);
  });

  it("says what starts the server", () => {
    const started = { binding: ["agp/grpc"], target: "http://localhost:1", serve: "my-server --fast" };
    const threshold = ["response{server:command}:p(99)<5"];
    const { servers, command } = orderOf({ ...flags, ...started, threshold });
    expect(servers).toEqual(["command"]);
    expect(command).toMatchObject({ text: "my-server --fast", words: ["my-server", "--fast"], url: started.target });
    expect(orderOf(flags).command).toBeNull();
  });

  it("lets replies be as large as is said", () => {
    expect(orderOf({ ...flags, maxReply: 65_536 }).maxReplyBytes).toBe(65_536);
  });

  it("reads thresholds of steps, cases and k6's names", () => {
    const threshold = ["response{step:plan}:p(99)<5", "http_req_failed:rate<0.01", '{"vus": ["value>0"]}'];
    const { thresholds } = orderOf({ ...flags, threshold });
    expect(thresholds.map(({ metric, source }) => [metric, source])).toEqual([
      ["response", "p(99)<5"],
      ["failed", "rate<0.01"],
      ["vus", "value>0"],
    ]);
  });
});

describe("selectProfile", () => {
  it("overwrites a profile's fields by flags", () => {
    const profile = selectProfile({ ...flags, rounds: 7, duration: 123, warmUp: 0, size: [5], vus: 3 });
    expect(profile).toMatchObject({ name: "smoke", rounds: 7, windowMs: 123, warmUpMs: 0, sizesBytes: [5], vus: 3 });
    expect(profile).not.toHaveProperty("executor");
  });

  it("leaves a profile's time for ceilings unless told otherwise", () => {
    expect(selectProfile(flags).ceilingMs).toBe(profiles.smoke?.ceilingMs);
    expect(selectProfile({ ...flags, ceiling: 0 }).ceilingMs).toBe(0);
  });

  it.each<[name: string, given: Partial<RunFlags>, rungs: readonly number[], sessions: number | undefined]>([
    ["several counts are rungs alone", { connections: [10, 20] }, [10, 20], undefined],
    ["a single count is also shared", { connections: [2], vus: 50 }, [2], 2],
    ["more than the profile has users may be for another load", { connections: [500] }, [500], 500],
    ["an open load sends on all of them", { connections: [500], rate: 100 }, [500], 500],
  ])("--connections: %s", (_name, given, rungs, sessions) => {
    const profile = selectProfile({ ...flags, ...given });
    expect(profile.rungs).toEqual(rungs);
    expect(profile.sessions).toBe(sessions);
  });

  it.each<[name: string, given: Partial<RunFlags>, sessions: readonly number[]]>([
    [
      "a ramp of VUs has as many as it will need",
      { connections: [50], stage: [{ durationMs: 10_000, target: 100 }] },
      [50],
    ],
    ["a closed load has no use for more than its users", { connections: [500], vus: 3 }, [3, 1]],
    ["nor has the cell of one user", { connections: [5] }, [5, 1]],
    ["an open load has", { connections: [500], rate: 100 }, [500]],
  ])("--connections in message-size: %s", (_name, given, sessions) => {
    const { scenarios, profile } = orderOf({ ...flags, scenario: ["message-size"], size: [1024], ...given });
    const loads = scenarios.flatMap((scenario) => scenario.points(profile)).flatMap(({ workloads }) => workloads);
    expect(loads.map(({ load }) => load.sessions)).toEqual(sessions);
  });

  it("refuses an unknown profile", () => {
    expect(() => selectProfile({ ...flags, profile: "huge" })).toThrow(
      /--profile huge is not known; expected smoke, quick/,
    );
  });
});
