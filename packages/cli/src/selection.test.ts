import { Failure } from "@apb/core/failure";
import { describe, expect, it } from "vitest";
import { bareBindings, bindings, defaultBindings, layeredBindings } from "./catalog.ts";
import type { RunFlags } from "./flags.ts";
import { selectBindings, selectMetrics, selectScenarios, selectServers } from "./selection.ts";

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
    ["layers of what has no socket under it", { layers: true, binding: ["mcp/stdio"] }, ["mcp/stdio"]],
    ["layers of what is chosen already", { layers: true, binding: ["bare/tcp"] }, ["bare/tcp"]],
    ["all of a protocol", { binding: ["all"], protocol: ["a2a"] }, ["a2a/rest", "a2a/jsonrpc", "a2a/grpc"]],
  ])("%s", (_name, given, expected) => {
    expect(ids(given)).toEqual(expected);
  });

  it.each<[name: string, given: Partial<RunFlags>, message: RegExp]>([
    ["an unknown protocol", { protocol: ["http"] }, /--protocol http is not known; expected mcp, a2a, agp, acp/],
    [
      "an unknown binding",
      { binding: ["mcp/grpc"] },
      /--binding mcp\/grpc is not known; did you mean agp\/grpc\? Expected all, mcp\/jsonrpc/,
    ],
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
    ["a command without an address: the one it starts", { serve: "my-server" }, ["command"]],
    ["a command: the one it starts", { target: "http://localhost:1", serve: "my-server" }, ["command"]],
  ])("%s", (_name, given, expected) => {
    expect(selectServers(given)).toEqual(expected);
  });

  it("refuses a kind of ours for a target", () => {
    const given: Partial<RunFlags> = { server: ["sdk"], target: "http://localhost:1" };
    expect(() => selectServers(given)).toThrow(/^\[usage\] --server chooses among the bundled servers/);
  });
});

describe("selectMetrics", () => {
  it("takes those that runs are compared by", () => {
    expect(selectMetrics(["operationsPerSecond"])).toEqual(["operationsPerSecond"]);
    expect(selectMetrics()).toEqual([]);
    expect(() => selectMetrics(["cpu"])).toThrow(/^\[usage\] --require-judged cpu is not known; expected meanMs, /);
  });
});

describe("selectScenarios", () => {
  it("takes those of a plain run unless named, and refuses unknown ones", () => {
    expect(selectScenarios({}).map(({ name }) => name)).toEqual(["message-size", "concurrency-ladder", "workflow"]);
    const named = selectScenarios({ scenario: ["workflow", "streaming"] });
    expect(named.map(({ name }) => name)).toEqual(["workflow", "streaming"]);
    expect(() => selectScenarios({ scenario: ["ladder"] })).toThrow(
      /--scenario ladder is not known; expected message-size/,
    );
    expect(selectScenarios({ agent: "a" }).map(({ name }) => name)).toEqual(["message-size", "concurrency-ladder"]);
    expect(() => selectScenarios({ agent: "a", scenario: ["workflow"] })).toThrow(
      "--scenario workflow calls agents of its own; with --agent name message-size or concurrency-ladder",
    );
  });
});
