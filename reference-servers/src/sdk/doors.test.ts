import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { doors } from "../doors.ts";
import { listen } from "../listen.ts";
import { lacking, sdkDoors, sdkOf, slimDoors, withoutSdk } from "./doors.ts";
import { installed, notInstalled } from "./installed.ts";

/** SLIM's doors need a native package that a plain install does not have; they are tested apart. */
const bindings = sdkDoors.filter((door) => !slimDoors.includes(door)).map((door) => door.binding);

function opened(binding: string, port = 0) {
  return listen({ doors: sdkDoors, bindings: [binding], port, host: "loopback", agents: new Agents() });
}

describe("the SDKs' doors", () => {
  it("are there for every binding, or a reason is", () => {
    const without = doors.map((door) => door.binding).filter((binding) => !bindings.includes(binding));
    expect(Object.keys(withoutSdk)).toEqual(expect.arrayContaining(without));
    for (const binding of bindings) expect(withoutSdk).not.toHaveProperty(binding);
  });

  it("have a port each", () => {
    expect(new Set(sdkDoors.map((door) => door.port)).size).toBe(sdkDoors.length);
  });

  it.each(bindings)("%s opens and closes, and tells of a port that is taken", async (binding) => {
    const server = await opened(binding);
    const url = new URL((server.urls[binding] as string).replace("{agent}", "echo"));
    await expect(opened(binding, Number(url.port))).rejects.toThrow(/EADDRINUSE/);
    await server[Symbol.asyncDispose]();
    const port = createServer().listen(Number(url.port), "127.0.0.1");
    await new Promise((resolve, reject) => port.once("listening", resolve).once("error", reject));
    await new Promise((resolve) => port.close(resolve));
  });
});

describe("what is not installed", () => {
  it("is nothing of the SDKs here, each at the version that npm would be asked for", () => {
    expect(lacking(bindings)).toBeNull();
    for (const door of sdkDoors)
      for (const wanted of (door.listener === "own" ? door.packages : undefined) ?? [])
        expect(`${installed(wanted).replace(" ", "@")}.`).toContain(`${wanted}.`);
  });

  it.each([
    [["no-such@2"], "no-such is not installed here; `npm install agent-protocol-bench no-such@2` adds it"],
    [
      ["@no/such@2", "express@5", "nor-this@0.8"],
      "@no/such and nor-this are not installed here; `npm install agent-protocol-bench @no/such@2 nor-this@0.8` adds them",
    ],
  ])("is named with what installs it: %s", (wanted, sentence) => expect(notInstalled(wanted)).toBe(sentence));
});

describe("the versions of what serves", () => {
  it.each(bindings)("are known for %s", (binding) => {
    expect(sdkOf(binding)).toMatch(/^@[a-z0-9-]+\/[a-z-]+ \d+\.\d+\.\d+ (on|with) [@a-z0-9/-]+ \d+\.\d+\.\d+$/);
  });

  it("are asked for in vain where no SDK serves", () => {
    expect(() => sdkOf("acp/rest")).toThrow("there is no SDK server for acp/rest");
    expect(() => installed("no-such-package")).toThrow("no-such-package is not installed");
  });
});
