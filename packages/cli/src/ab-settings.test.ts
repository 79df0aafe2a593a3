import { describe, expect, it } from "vitest";
import { type BaseFlags, flagsOfSide, sideSetting } from "./ab-settings.ts";

const base: BaseFlags = {
  ...{ profile: "ab", client: ["wire"], server: ["reference"], timeout: 1000, delay: 0, work: 0, seed: 1 },
  format: "table",
};

describe("a side's settings", () => {
  it.each([
    ["server=sdk", { server: ["sdk"] }],
    ["client=library", { client: ["library"] }],
    ["work=50us", { work: 0.05 }],
    ["delay=2ms", { delay: 2 }],
    ["target=localhost:1/mcp", { target: "http://localhost:1/mcp" }],
    ["pid=7", { pid: 7 }],
    ["serve=node a.js --x=1 {port}", { serve: "node a.js --x=1 {port}" }],
  ])("%s stands in the place of the common flag", (text, flags) => {
    expect(sideSetting(text).flags).toEqual(flags);
  });

  it("add up, and are shown as they were given", () => {
    const side = sideSetting("node-flag=--jitless", sideSetting("node-flag=--no-opt", sideSetting("ref=HEAD~1")));
    expect(side).toEqual({
      ...{ flags: {}, ref: "HEAD~1", nodeFlags: ["--no-opt", "--jitless"] },
      label: "ref=HEAD~1, node-flag=--no-opt, node-flag=--jitless",
    });
  });

  it("are shown without what is secret in a URL", () => {
    const { label } = sideSetting("target=http://me:s3cret-word@localhost:1/mcp?token=abcdefgh");
    expect(label).not.toMatch(/s3cret-word/);
  });

  it.each([
    ["sever=sdk", /did you mean server\?/],
    ["server", /Expected NAME=VALUE with one of server, serve/],
    ["server=both", /A side is one server/],
    ["client=both", /A side is one client/],
    ["work=fast", /Expected a duration/],
    ["pid=me", /whole number/],
  ])("%s is refused with a sentence", (text, sentence) => {
    expect(() => sideSetting(text)).toThrow(sentence);
  });
});

describe("a side's flags", () => {
  it("are the common ones and its own", () => {
    const { flags } = flagsOfSide(base, sideSetting("work=50us"));
    expect(flags).toMatchObject({ server: ["reference"], work: 0.05, generators: 1 });
  });

  it("name no bundled server where another one answers", () => {
    const { flags } = flagsOfSide(base, sideSetting("target=localhost:1/mcp"));
    expect(flags.server).toBeUndefined();
  });

  it.each([["ref=HEAD"], ["node-flag=--no-opt"]])("do not take %s for a server that is not bundled", (text) => {
    const side = sideSetting(text, sideSetting("target=localhost:1/mcp"));
    expect(() => flagsOfSide(base, side)).toThrow(/bundled servers/);
  });
});
