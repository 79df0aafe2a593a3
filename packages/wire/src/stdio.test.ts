import { readFileSync } from "node:fs";
import { commandUrl, inOwnGroup } from "@apb/core/command-url";
import type { Failure } from "@apb/core/failure";
import { describe, expect, it } from "vitest";
import { connectStdio, type StdioChannel } from "./stdio.ts";
import { unabortable } from "./testing/loopback.ts";

interface Talk {
  readonly channel: StdioChannel;
  readonly said: string[];
  readonly ended: Promise<Failure>;
}

/** A shell that runs this script: it starts in a thousandth of the time that node takes. */
async function talk(script: string, maxReplyBytes?: number): Promise<Talk> {
  const said: string[] = [];
  let end: (failure: Failure) => void = () => undefined;
  const ended = new Promise<Failure>((resolve) => {
    end = resolve;
  });
  const events = { message: (line: string) => void said.push(line), closed: end };
  const channel = await connectStdio(commandUrl(["bash", "-c", script]), events, unabortable, maxReplyBytes);
  return { channel, said, ended };
}

/** Whether there is such a process. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What nobody has waited for yet counts as gone. */
function isGone(pid: string): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}

const never = { message: () => undefined, closed: () => undefined };

describe("a server that was started", () => {
  it("is talked with in lines, counted byte by byte, and ends with its input", async () => {
    const { channel, said, ended } = await talk(
      'read -r a; echo "1 $a"; echo oops >&2; read -r b; echo "2 $b"; read -r _',
    );
    channel.send("é");
    channel.send("b");
    while (said.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(said).toEqual(["1 é", "2 b"]);
    expect(channel.wire).toMatchObject({ sentBytes: 5, receivedBytes: 9, connections: 1 });
    await channel[Symbol.asyncDispose]();
    expect(isRunning(channel.pid)).toBe(false);
    expect((await ended).message).toBe("[closed] the session is closed");
    expect(() => channel.send("c")).toThrow("the session is closed");
    await channel[Symbol.asyncDispose]();
  });

  it.each<[string, string, string]>([
    [
      "before it says anything",
      "echo Error: no port >&2; exit 3",
      "[refused] the server's process ended (exit code 3: Error: no port)",
    ],
    ["later", "echo hi; kill -9 $$", "[closed] the server's process ended (signal SIGKILL)"],
  ])("tells why it ends, %s", async (_, script, message) => {
    expect((await (await talk(script)).ended).message).toBe(message);
  });

  it("is ended though it does not heed the end of its input", async () => {
    const { channel, said } = await talk("echo up; exec sleep 60");
    while (said.length < 1) await new Promise((resolve) => setImmediate(resolve));
    await channel[Symbol.asyncDispose]();
    expect(isRunning(channel.pid)).toBe(false);
  });

  it.runIf(process.platform === "linux")("ends with what it has started where it leads a group", async () => {
    const said: string[] = [];
    const events = { message: (line: string) => void said.push(line), closed: () => undefined };
    const url = inOwnGroup(commandUrl(["bash", "-c", "sleep 60 & echo $!; read -r _"]));
    const channel = await connectStdio(url, events, unabortable);
    while (said.length < 1) await new Promise((resolve) => setImmediate(resolve));
    await channel[Symbol.asyncDispose]();
    const [pid = ""] = said;
    while (!isGone(pid)) await new Promise((resolve) => setImmediate(resolve));
  });

  it("is ended where it says more than it may in a line", async () => {
    const { channel, ended } = await talk("exec yes yy", 1);
    expect((await ended).message).toBe("[protocol] expected a reply of at most 1 bytes, got more");
    expect(isRunning(channel.pid)).toBe(false);
  });
});

describe("no server is started", () => {
  it.each<[string, string, string]>([
    [
      "by a program that is not there",
      commandUrl(["no-such-program"]),
      "[refused] cannot start no-such-program: there is no such program",
    ],
    ["by another address", "http://localhost:1", "[usage] expected the command of a server"],
  ])("%s", async (_, url, message) => {
    await expect(connectStdio(url, never, unabortable)).rejects.toThrow(message);
  });

  it("once it is given up", async () => {
    await expect(connectStdio(commandUrl(["true"]), never, AbortSignal.abort())).rejects.toMatchObject({
      kind: "aborted",
    });
  });
});
