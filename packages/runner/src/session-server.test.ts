import { commandIn } from "@apb/core/command-url";
import { describe, expect, it } from "vitest";
import { sessionServer, sessionServerUrl } from "./session-server.ts";

describe("a server that its clients start", () => {
  it.each(["reference", "sdk"] as const)("has its whole command as its address (%s)", (server) => {
    const url = sessionServerUrl({ file: "/server.ts", binding: "x/y", server, delayMs: 5, workMs: 7 });
    const { words, env } = commandIn(url);
    expect(words[0]).toBe(process.execPath);
    const own = ["/server.ts", "--binding", "x/y", "--server", server, "--delay-ms", "5", "--work-ms", "7"];
    expect(words.slice(-own.length)).toEqual(own);
    expect(env).toEqual({});
  });

  it("is no process itself, counts nothing, and has nothing to end", async () => {
    const server = sessionServer("stdio:x", { sings: "it hums" });
    expect(server).toMatchObject({ url: "stdio:x", pid: "sessions", deviations: { sings: "it hums" } });
    expect(await server.calls()).toBeNull();
    await server[Symbol.asyncDispose]();
  });
});
