import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { type ServerOptions, startServer } from "./server.ts";

const file = fileURLToPath(new URL("testing/server-entry.ts", import.meta.url));

const options = (...bindings: readonly string[]): ServerOptions => ({ file, bindings, port: 0, delayMs: 2, workMs: 1 });

describe("startServer", () => {
  it("resolves with the URL of each binding, and a process that can be asked and ended", async () => {
    const server = await startServer({ ...options("x/y", "x/z"), server: "sdk", host: "127.0.0.1" });
    const flags = "--binding x/y --binding x/z --port 0 --delay-ms 2 --work-ms 1 --host 127.0.0.1 --server sdk";
    expect(server.urls).toEqual({ "x/y": `http://fake/?${flags}`, "x/z": `http://fake/?${flags}` });
    expect(server.pid).not.toBe(process.pid);
    expect(await Promise.all([server.calls(), server.calls()])).toEqual(["calls 1", "calls 2"]);
    await server[Symbol.asyncDispose]();
    expect(await server.ended).toMatch(/^signal SIGTERM/);
    await expect(server.calls()).rejects.toMatchObject({ kind: "closed" });
  });

  it("lets a server talk as much as it likes", async () => {
    await using server = await startServer(options("talks"));
    expect(await server.calls()).toBe("calls 1");
    expect(await server.calls()).toBe("calls 2");
  });

  it.each([
    ["taken", "[environment] the server cannot start: port 80 is taken"],
    ["breaks", "[closed] expected the server process to keep running, but it ended (exit code 1: Error: it broke)"],
  ])("throws with the words of a server: %s", async (binding, message) => {
    await expect(startServer(options(binding))).rejects.toThrow(message);
  });

  it("gives up a server that does not listen after a while", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const starting = startServer(options("sleeps"));
      vi.advanceTimersByTime(15_000);
      await expect(starting).rejects.toThrow("[timeout] expected the server to listen within 15 s");
    } finally {
      vi.useRealTimers();
    }
  });
});
