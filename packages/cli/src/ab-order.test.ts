import { describe, expect, it } from "vitest";
import { type ABFlags, abOrderOf } from "./ab-order.ts";
import { type SideFlags, sideSetting } from "./ab-settings.ts";

const base: ABFlags = {
  ...{ binding: ["mcp/jsonrpc"], profile: "ab", client: ["wire"], timeout: 1000, delay: 0, work: 0, seed: 1 },
  ...{ format: "table", budget: 1000, control: true },
};

/** The settings of a side, one after the other. */
function side(first: string, ...others: readonly string[]): SideFlags {
  return others.reduce((before, text) => sideSetting(text, before), sideSetting(first));
}

function ordered(parts: Partial<ABFlags>) {
  return abOrderOf({ ...base, ...parts }, { file: null, flags: new Set() });
}

describe("abOrderOf", () => {
  it("gives each side the common flags and its own", () => {
    const { a, b, control } = ordered({ work: 1, b: side("work=50us", "client=library") });
    expect([a.order.workMs, b.order.workMs]).toEqual([1, 0.05]);
    expect([a.order.clients, b.order.clients]).toEqual([["wire"], ["library"]]);
    expect([a.label, b.label, control]).toEqual(["server=reference, work=1ms", "work=50us, client=library", true]);
    expect(a.order.scenarios.map(({ name }) => name)).toEqual(["message-size"]);
  });

  it("has no second A of a server that runs already", () => {
    const { control, a } = ordered({ a: side("target=localhost:1/mcp"), b: side("target=localhost:2/mcp") });
    expect([control, a.order.servers]).toEqual([false, ["external"]]);
  });

  it("keeps secrets out of what it calls a side, however its URL is written", () => {
    const { a, b } = ordered({
      a: side("target=user:hunter2secret@localhost:1/mcp"),
      b: side("target=http://localhost:2/mcp?token=abcdefghijk"),
    });
    expect(a.label).not.toContain("hunter2secret");
    expect(b.label).not.toContain("abcdefghijk");
  });

  const served = { target: "http://localhost:{port}/mcp", b: side("serve=node b.js {port}") };
  it.each<[string, Partial<ABFlags>, RegExp]>([
    ["no side", {}, /ab compares two sides/],
    [
      "a commit of a server that is not bundled",
      { ...served, a: side("serve=node a.js {port}", "ref=HEAD") },
      /ref= is/,
    ],
    ["one server that runs already, twice", { a: side("target=h:1/x"), b: side("target=h:1/x") }, /same server/],
    ["one process, twice", { a: side("target=h:1/x", "pid=7"), b: side("target=h:2/x", "pid=7") }, /the process 7/],
    [
      "one port for several servers",
      { target: "http://localhost:3000/mcp", a: side("serve=node a.js"), b: side("serve=node b.js") },
      /write \{port\}/,
    ],
    [
      "flags of node for what clients start",
      { binding: ["mcp/stdio"], b: side("node-flag=--jitless") },
      /node-flag= is/,
    ],
    ["a target of several bindings", { binding: ["mcp/jsonrpc", "a2a/rest"], b: side("target=h:1/x") }, /one binding/],
  ])("refuses %s", (_, parts, sentence) => {
    expect(() => ordered(parts)).toThrow(sentence);
  });
});
