import { startServer } from "@apb/runner/server";
import { describe, expect, it } from "vitest";
import { deathsUntilEnd } from "./serve.ts";
import { builtServer } from "./testing/bench-process.ts";

/** A server that ends when told to. */
function fake(binding: string) {
  let end: (how: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  return { urls: { [binding]: "http://x" }, ended, end };
}

describe("servers that end by themselves", () => {
  it("are named, and leave the others until all have ended", async () => {
    const [first, second] = [fake("a/b"), fake("c/d")];
    const said: string[] = [];
    const deaths = deathsUntilEnd([first, second], new AbortController().signal, (line) => said.push(line));
    first.end("code 134");
    await first.ended;
    expect(said).toEqual(["error: the server of a/b ended (code 134); 1 other goes on\n"]);
    second.end("signal SIGKILL");
    expect(await deaths).toBe(2);
    expect(said[1]).toBe("error: the server of c/d ended (signal SIGKILL); none is left\n");
  });

  it("count until the interruption, and not when they end by it", async () => {
    const [first, second] = [fake("a/b"), fake("c/d")];
    const said: string[] = [];
    const controller = new AbortController();
    const deaths = deathsUntilEnd([first, second], controller.signal, (line) => said.push(line));
    first.end("code 1");
    await first.ended;
    controller.abort();
    second.end("signal SIGTERM");
    expect(await deaths).toBe(1);
    expect(said).toHaveLength(1);
  });

  it("do not end another process", async () => {
    const start = (binding: string) =>
      startServer({ file: builtServer, bindings: [binding], port: 0, delayMs: 0, workMs: 0 });
    await using first = await start("acp/rest");
    await using second = await start("mcp/jsonrpc");
    const controller = new AbortController();
    let deaths: Promise<number> = Promise.resolve(0);
    const named = new Promise<string>((resolve) => {
      deaths = deathsUntilEnd([first, second], controller.signal, resolve);
    });
    process.kill(first.pid, "SIGKILL");
    expect(await named).toContain("the server of acp/rest ended");
    expect((await fetch(second.urls["mcp/jsonrpc"] as string)).status).toBe(405);
    controller.abort();
    expect(await deaths).toBe(1);
  });
});
