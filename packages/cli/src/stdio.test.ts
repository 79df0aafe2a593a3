import { createServer } from "node:net";
import { type Binding, offers } from "@apb/core/binding";
import { checks, runChecks } from "@apb/core/checks";
import { commandUrl } from "@apb/core/command-url";
import { Agents } from "@apb/reference-servers/agents/agents";
import { sdkStdioDoors } from "@apb/reference-servers/sdk/stdio-doors";
import { type StdioDoor, stdioDoors } from "@apb/reference-servers/stdio-doors";
import { usageReader } from "@apb/runner/usage";
import { type Loopback, loopback } from "@apb/wire/testing/loopback";
import { describe, expect, it } from "vitest";
import { findBinding } from "./catalog.ts";
import { deviationsOf, isStartedByClients, withoutServer } from "./servers.ts";
import { startSubject } from "./subject.ts";

const signal = new AbortController().signal;
const ours = { target: null, command: null, delayMs: 0, workMs: 0 };
const options = { client: "wire", signal } as const;

/**
 * A server in this process, behind processes that carry what is said to it: the shell and `cat` start in a hundredth of
 * the time that node takes.
 */
async function served({ serve }: StdioDoor, agents: Agents): Promise<Loopback & { readonly address: string }> {
  const behind = await loopback(createServer((socket) => void serve(agents, socket, socket)));
  const script = `exec 3<>/dev/tcp/127.0.0.1/${behind.url.port}; cat <&3 & cat >&3; kill $!`;
  return { ...behind, address: commandUrl(["bash", "-c", script]) };
}

const kinds = [
  ...stdioDoors.map((door) => ({ kind: "reference", door }) as const),
  ...sdkStdioDoors.map((door) => ({ kind: "sdk", door }) as const),
];

describe.each(kinds)("$door.binding against the $kind server", ({ kind, door }) => {
  const binding = findBinding(door.binding) as Binding;

  it("passes every check but for what the server is known to do otherwise", async () => {
    const agents = new Agents();
    await using server = await served(door, agents);
    const connect = (limited: AbortSignal) => binding.connect(server.address, { client: "wire", signal: limited });
    const results = await runChecks({ binding, connect }, { timeoutMs: 10_000, signal });
    const failed = results.filter((result) => result.status === "failed");
    expect(failed.map(({ check }) => check)).toEqual(Object.keys(deviationsOf(kind, binding.id)));
    expect(results.filter(({ status }) => status !== "skipped")).toHaveLength(
      checks.filter(({ needs }) => needs.every((need) => offers(binding, need))).length,
    );
    expect(agents.calls).toBeGreaterThan(10);
  });
});

describe("a server that is started for a session", () => {
  it.each([
    ["mcp/stdio", "reference"],
    ["mcp/stdio@2025-11-25", "sdk"],
  ] as const)("is a process of its own (%s, %s), whose memory can be read", async (id, kind) => {
    await using server = await startSubject(id, kind, ours, signal);
    expect(server).toMatchObject({ pid: "sessions", deviations: deviationsOf(kind, id) });
    await using session = await (findBinding(id) as Binding).connect(server.url, options);
    const reply = await session.call({ kind: "send", agent: "echo", body: "x" }, signal);
    expect(reply).toEqual({ kind: "message", body: "x" });
    expect((await usageReader(session.pid as number)()).rssBytes).toBeGreaterThan(1_000_000);
  });

  it("is there for every binding without an address, of either kind", () => {
    expect(sdkStdioDoors.map(({ binding }) => binding)).toEqual(stdioDoors.map(({ binding }) => binding));
    for (const { binding } of stdioDoors) {
      expect(isStartedByClients(binding)).toBe(true);
      expect([withoutServer("reference", binding), withoutServer("sdk", binding)]).toEqual([null, null]);
    }
  });
});
