import { Failure } from "@apb/core/failure";
import { describe, expect, it } from "vitest";
import { bareBindings, bindings, defaultBindings, layeredBindings, profiles } from "./catalog.ts";
import {
  type RunFlags,
  requireSense,
  selectBindings,
  selectProfile,
  selectScenarios,
  selectServers,
} from "./selection.ts";

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

const ids = (given: Partial<RunFlags>): string[] => selectBindings(given).map(({ id }) => id);

describe("selectBindings", () => {
  it.each<[name: string, given: Partial<RunFlags>, expected: readonly string[]]>([
    ["nothing: the default rows", {}, defaultBindings],
    ["a protocol: its default rows", { protocol: ["acp"] }, ["acp/rest", "acp/websocket"]],
    ["two protocols", { protocol: ["agp", "mcp"] }, ["mcp/jsonrpc", "agp/grpc"]],
    [
      "a protocol without default rows: all of its own",
      { protocol: ["slim"] },
      bindings.filter(({ protocol }) => protocol === "slim").map(({ id }) => id),
    ],
    ["bindings, in the order given", { binding: ["agp/grpc", "a2a/grpc"] }, ["agp/grpc", "a2a/grpc"]],
    ["all", { binding: ["all"] }, bindings.map(({ id }) => id)],
    [
      "layers: what is under the bindings too",
      { layers: true },
      [...bareBindings.map(({ id }) => id), ...layeredBindings],
    ],
    [
      "layers of one: only what is under it",
      { layers: true, binding: ["acp/websocket"] },
      ["bare/tcp", "bare/websocket", "acp/websocket"],
    ],
    ["layers of what is chosen already", { layers: true, binding: ["bare/tcp"] }, ["bare/tcp"]],
    ["all of a protocol", { binding: ["all"], protocol: ["a2a"] }, ["a2a/rest", "a2a/jsonrpc", "a2a/grpc"]],
  ])("%s", (_name, given, expected) => {
    expect(ids(given)).toEqual(expected);
  });

  it.each<[name: string, given: Partial<RunFlags>, message: RegExp]>([
    ["an unknown protocol", { protocol: ["http"] }, /--protocol http is not known; expected mcp, a2a, agp, acp/],
    ["an unknown binding", { binding: ["mcp/grpc"] }, /--binding mcp\/grpc is not known; expected all, mcp\/jsonrpc/],
    ["a binding of another protocol", { binding: ["a2a/grpc"], protocol: ["mcp"] }, /drop one of the two/],
    ["a target for several bindings", { target: "http://localhost:1" }, /add --binding with one of mcp\/jsonrpc/],
  ])("refuses %s", (_name, given, message) => {
    expect(() => ids(given)).toThrow(message);
    expect(() => ids(given)).toThrow(Failure);
  });

  it("knows every default binding", () => {
    expect(ids({ binding: defaultBindings })).toEqual(defaultBindings);
  });
});

describe("selectServers", () => {
  it.each<[name: string, given: Partial<RunFlags>, expected: readonly string[]]>([
    ["nothing: ours, the lean ones", {}, ["reference"]],
    ["those named", { server: ["reference", "sdk"] }, ["reference", "sdk"]],
    ["a target: somebody else's", { target: "http://localhost:1" }, ["external"]],
  ])("%s", (_name, given, expected) => {
    expect(selectServers(given)).toEqual(expected);
  });

  it("refuses a kind of ours for a target", () => {
    const given: Partial<RunFlags> = { server: ["sdk"], target: "http://localhost:1" };
    expect(() => selectServers(given)).toThrow(/^\[usage\] --server chooses among the bundled servers/);
  });
});

describe("requireSense", () => {
  it.each<[name: string, given: Partial<RunFlags>, message: RegExp]>([
    ["a pid without a target", { pid: 1 }, /--pid says whose memory/],
    ["a pid that nobody has", { pid: 2 ** 30, target: "http://localhost:1" }, /no such process/],
    ["users in an open load", { rate: 5, users: 3 }, /leave one of the two out/],
    ["sizes without message-size", { size: [1], scenario: ["workflow"] }, /--size is for the scenario message-size/],
    ["layers in an open load", { layers: true, rate: 5 }, /--layers puts a closed load on the bundled servers/],
    ["layers of a target", { layers: true, target: "http://localhost:1" }, /leave --target and --rate out/],
    [
      "layers without message-size",
      { layers: true, size: [1024], scenario: ["workflow"] },
      /--layers are told apart in the scenario message-size/,
    ],
    ["rungs without the ladder", { connections: [1, 2], scenario: ["workflow"] }, /several --connections/],
  ])("refuses %s", (_name, given, message) => {
    expect(() => requireSense({ ...flags, ...given })).toThrow(message);
  });

  it("lets the rest be", () => {
    expect(() => requireSense({ ...flags, pid: process.pid, target: "http://localhost:1", rate: 5 })).not.toThrow();
    expect(() => requireSense({ ...flags, size: [1], connections: [5], scenario: ["message-size"] })).not.toThrow();
  });
});

describe("selectScenarios", () => {
  it("takes all unless named, and refuses unknown ones", () => {
    expect(selectScenarios(undefined).map(({ name }) => name)).toEqual([
      "message-size",
      "concurrency-ladder",
      "workflow",
    ]);
    expect(selectScenarios(["workflow"]).map(({ name }) => name)).toEqual(["workflow"]);
    expect(() => selectScenarios(["ladder"])).toThrow(/--scenario ladder is not known; expected message-size/);
  });
});

describe("selectProfile", () => {
  it("overwrites a profile's fields by flags", () => {
    const profile = selectProfile({ ...flags, rounds: 7, duration: 123, warmUp: 0, size: [5], users: 3, rate: 0.5 });
    expect(profile).toMatchObject({ name: "smoke", rounds: 7, windowMs: 123, warmUpMs: 0, sizesBytes: [5], users: 3 });
    expect(profile.perSecond).toBe(0.5);
  });

  it("leaves a profile's time for ceilings unless told otherwise", () => {
    expect(selectProfile(flags).ceilingMs).toBe(profiles.smoke?.ceilingMs);
    expect(selectProfile({ ...flags, ceiling: 0 }).ceilingMs).toBe(0);
  });

  it.each<[name: string, given: Partial<RunFlags>, rungs: readonly number[], sessions: number | undefined]>([
    ["several counts are rungs alone", { connections: [10, 20] }, [10, 20], undefined],
    ["a single count is also shared", { connections: [2], users: 50 }, [2], 2],
    ["a closed load has no use for more connections than users", { connections: [500] }, [500], 10],
    ["an open load has", { connections: [500], rate: 100 }, [500], 500],
  ])("--connections: %s", (_name, given, rungs, sessions) => {
    expect(selectProfile({ ...flags, ...given })).toMatchObject({
      rungs,
      ...(sessions === undefined ? {} : { sessions }),
    });
  });

  it("refuses an unknown profile", () => {
    expect(() => selectProfile({ ...flags, profile: "huge" })).toThrow(
      /--profile huge is not known; expected smoke, quick/,
    );
  });
});
