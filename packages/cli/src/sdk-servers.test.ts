import { type Binding, bodyOf, type ClientKind, type Session } from "@apb/core/binding";
import { checks, runChecks } from "@apb/core/checks";
import { Agents } from "@apb/reference-servers/agents/agents";
import { type Listening, listen } from "@apb/reference-servers/listen";
import { sdkDoors } from "@apb/reference-servers/sdk/doors";
import { describe, expect, it, vi } from "vitest";
import { bindings } from "./catalog.ts";
import { deviationsOf } from "./servers.ts";

// The SDKs tell stderr of every call that is refused, as those of the checks are.
vi.spyOn(console, "error").mockReturnValue(undefined);

const clients: readonly ClientKind[] = ["library", "wire"];
// SLIM's node needs a native package that a plain install does not have; it is tested apart.
const served = bindings.filter(
  ({ id, protocol }) => protocol !== "slim" && sdkDoors.some(({ binding }) => binding === id),
);

function serve(binding: Binding, agents: Agents): Promise<Listening> {
  return listen({ doors: sdkDoors, bindings: [binding.id], port: 0, host: "loopback", agents });
}

const signal = new AbortController().signal;

async function bodies(session: Session, agent: string, body: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const reply of session.stream({ kind: "stream", agent, body }, signal))
    if (reply.kind === "message") texts.push(reply.body);
  return texts;
}

/** The body of a task that was started and asked for until it had ended. */
async function worked(session: Session, agent: string, body: string): Promise<string> {
  let task = await session.call({ kind: "start", agent, body }, signal);
  while (task.kind === "task" && task.state === "working")
    task = await session.call({ kind: "poll", handle: task.handle }, signal);
  return bodyOf(task);
}

describe.each(served)("$id against the official SDK's server", (binding) => {
  it.each(clients)(
    "passes every check but for what the SDK is known to do otherwise, by the %s client",
    async (client) => {
      await using server = await serve(binding, new Agents());
      const url = server.urls[binding.id] as string;
      const target = { binding, connect: (limited: AbortSignal) => binding.connect(url, { client, signal: limited }) };
      const results = await runChecks(target, { timeoutMs: 10_000, signal });
      const failed = results.filter((result) => result.status === "failed");
      expect(failed.map(({ check }) => check)).toEqual(Object.keys(deviationsOf("sdk", binding.id)));
      expect(results).toHaveLength(checks.length);
      expect(results.filter((result) => result.status === "passed").length).toBeGreaterThan(10);
    },
  );

  it.each(clients)("has the same agents answer, each call counted once, by the %s client", async (client) => {
    const agents = new Agents();
    await using server = await serve(binding, agents);
    await using session = await binding.connect(server.urls[binding.id] as string, { client, signal });
    // What each agent can work with: some want JSON with keys of their own.
    const body = '{"chunks":5,"user":"anna","token":"token-of-anna","buy":"pen"}';
    const sent: unknown[] = [];
    for (const { name } of agents.list) sent.push(await session.call({ kind: "send", agent: name, body }, signal));
    expect(agents.calls).toBe(agents.list.length);
    const own = new Agents();
    expect(sent).toEqual(own.list.map(({ name }) => ({ kind: "message", body: own.run(name, body) })));
    if (!binding.can.has("stream")) return;
    expect(await bodies(session, "tokens", body)).toEqual(["token-0", "token-1", "token-2", "token-3", "token-4"]);
    expect(await bodies(session, "writer", body)).toEqual([own.run("writer", body)]);
    expect(agents.calls).toBe(agents.list.length + 2);
    if (binding.can.has("start")) expect(await worked(session, "writer", body)).toBe(own.run("writer", body));
  });
});
