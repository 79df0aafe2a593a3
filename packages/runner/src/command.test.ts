import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { killChildren } from "./child.ts";
import { type Command, startCommand } from "./command.ts";

const file = fileURLToPath(new URL("testing/served.mjs", import.meta.url));
const unaborted = new AbortController().signal;

function commanded(manner: string, others: Partial<Command> = {}): Command {
  const words = [process.execPath, file, manner, "{port}"] as const;
  return { text: "", words, env: {}, url: "http://localhost:{port}/", startMs: 30_000, ...others };
}

/** What a server tells of itself. */
async function asked(url: string): Promise<{ readonly pids: readonly [number, number]; readonly licence?: string }> {
  return (await (await fetch(url, { headers: { connection: "close" } })).json()) as never;
}

/** A process that has ended, but for its parent, which has not asked how. */
function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** A test's own time-out ends the wait. */
async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(runs)) await pause(5);
}

describe("startCommand", () => {
  it("starts a server on a port of each start's own, with its variables, and ends it with what it has started", async () => {
    const server = await startCommand(commanded("parent", { env: { LICENCE: "for {port}" } }), unaborted);
    await using other = await startCommand(commanded("plain"), unaborted);
    const { port } = new URL(server.url);
    expect(new URL(other.url).port).not.toBe(port);
    const { pids, licence } = await asked(server.url);
    expect(licence).toBe(`for ${port}`);
    expect(pids[0]).toBe(server.pid);
    expect(pids.map(runs)).toEqual([true, true]);
    await server[Symbol.asyncDispose]();
    expect(pids.map(runs)).toEqual([false, false]);
    expect(await server.ended).toBe("signal SIGTERM");
    expect(await server.calls()).toBeNull();
  });

  it("tells when it ends by itself, and ends what it leaves", async () => {
    const server = await startCommand(commanded("parent"), unaborted);
    const { pids } = await asked(server.url);
    process.kill(pids[0], "SIGKILL");
    expect(await server.ended).toBe("signal SIGKILL");
    await server[Symbol.asyncDispose]();
    expect(pids.map(runs)).toEqual([false, false]);
  });

  it("makes one end that does not when it is asked to", async () => {
    const server = await startCommand(commanded("stubborn"), unaborted);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const ending = server[Symbol.asyncDispose]();
      vi.advanceTimersByTime(5000);
      await ending;
    } finally {
      vi.useRealTimers();
    }
    expect(await server.ended).toMatch(/^signal SIGKILL/);
  });

  it("leaves none when we end in a hurry", async () => {
    const server = await startCommand(commanded("parent"), unaborted);
    const { pids } = await asked(server.url);
    killChildren();
    await gone(pids);
    await server[Symbol.asyncDispose]();
  });

  it("refuses to measure somebody else who answers there", async () => {
    const somebody = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
    await new Promise((resolve) => somebody.once("listening", resolve));
    const url = `http://user:secret@127.0.0.1:${(somebody.address() as AddressInfo).port}/`;
    const words = [process.execPath, "-e", ""] as const;
    await expect(startCommand(commanded("", { words, url }), unaborted)).rejects.toThrow(
      /^\[environment\] something already answers at http:\/\/\*\*\*@127\S+, so it would be measured instead; end it, or/,
    );
    somebody.close();
  });

  it.each<[string, Command, RegExp]>([
    [
      "ends before it answers",
      commanded("breaks", { env: { LICENCE: "x" } }),
      /^\[environment\] the server of --serve ended before it answered at http:\S+ \(exit code 1: Error: no licence for x\)$/,
    ],
    [
      "is not there",
      commanded("", { words: ["no-such-program"] }),
      /^\[usage\] --serve: there is no program no-such-program \(ENOENT\); correct its name, or give its path$/,
    ],
    [
      "cannot be run",
      commanded("", { words: [file] }),
      /^\[usage\] --serve: \S+served.mjs cannot be started \(EACCES\); correct its name, or give its path$/,
    ],
  ])("throws what is wrong with one that %s", async (_name, command, message) => {
    await expect(startCommand(command, unaborted)).rejects.toThrow(message);
  });

  it("throws what one said that never answers", async () => {
    const folder = await mkdtemp(join(tmpdir(), "command-test-"));
    const words = [process.execPath, file, "sleeps", join(folder, "spoken")] as const;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const starting = startCommand(commanded("", { words }), unaborted).catch(String);
      while (!existsSync(words[3])) await pause(5);
      // What it said before is there to be read.
      await pause(5);
      vi.advanceTimersByTime(30_000);
      expect(await starting).toMatch(
        /: \[timeout\] expected the server of --serve to answer at \S+ within 30 s; correct --target, or raise --serve-timeout; it said: waiting for the database$/,
      );
    } finally {
      vi.useRealTimers();
      await rm(folder, { recursive: true });
    }
  });

  it("stops waiting when it is told to, and leaves nothing", async () => {
    const told = new AbortController();
    const starting = startCommand(commanded("plain"), told.signal);
    told.abort();
    await expect(starting).rejects.toMatchObject({ kind: "aborted" });
  });
});
