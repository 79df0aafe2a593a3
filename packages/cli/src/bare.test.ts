import { once } from "node:events";
import { connect } from "node:net";
import { bareCarriers, isBare } from "@apb/core/bare";
import type { ClientKind } from "@apb/core/binding";
import { checks, runChecks } from "@apb/core/checks";
import { carriers } from "@apb/core/transport";
import { Agents } from "@apb/reference-servers/agents/agents";
import { bareDoors } from "@apb/reference-servers/bare/doors";
import { type Listening, listen } from "@apb/reference-servers/listen";
import { describe, expect, it } from "vitest";
import { bareBindings, findBinding } from "./catalog.ts";
import { withoutServer } from "./servers.ts";

const clients: readonly ClientKind[] = ["library", "wire"];
const signal = new AbortController().signal;

function served(binding: string, agents = new Agents()): Promise<Listening> {
  return listen({ doors: bareDoors, bindings: [binding], port: 0, host: "loopback", agents });
}

describe.each(bareBindings)("$id", (binding) => {
  it.each(clients)("passes every check it does not skip, by the %s client", async (client) => {
    const agents = new Agents();
    await using server = await served(binding.id, agents);
    const url = server.urls[binding.id] as string;
    const target = { binding, connect: (limited: AbortSignal) => binding.connect(url, { client, signal: limited }) };
    const results = await runChecks(target, { timeoutMs: 10_000, signal });
    expect(results.filter((result) => result.status === "failed")).toEqual([]);
    expect(results).toHaveLength(checks.length);
    expect(results.filter((result) => result.status === "passed").length).toBeGreaterThan(10);
    expect(agents.calls).toBeGreaterThan(10);
  });

  it("keeps the order of answers that had to be waited for", async () => {
    await using server = await served(binding.id, new Agents({ delayMs: 20, workMs: 0 }));
    const options = { client: "wire", signal } as const;
    await using session = await binding.connect(server.urls[binding.id] as string, options);
    const bodies = ["a", "bb", "ccc"];
    const replies = await Promise.all(
      bodies.map((body) => session.call({ kind: "send", agent: "echo", body }, AbortSignal.any([signal]))),
    );
    expect(replies).toEqual(bodies.map((body) => ({ kind: "message", body })));
  });

  it("refuses what it has no words for", async () => {
    await using server = await served(binding.id);
    const options = { client: "wire", signal } as const;
    await using session = await binding.connect(server.urls[binding.id] as string, options);
    await expect(session.call({ kind: "send", agent: "tokens", body: "" }, signal)).rejects.toMatchObject({
      kind: "unsupported",
      sentence: expect.stringContaining("no protocol to name an agent by"),
    });
    await expect(session.call({ kind: "discover" }, signal)).rejects.toMatchObject({ kind: "unsupported" });
    expect(() => session.stream({ kind: "stream", agent: "echo", body: "" }, signal)).toThrow("no protocol");
  });

  it("is one of those that reports look for, with a server of ours and a reason why no SDK serves it", () => {
    expect(isBare(binding)).toBe(true);
    expect(findBinding(binding.id)).toBe(binding);
    expect(withoutServer("reference", binding.id)).toBeNull();
    expect(withoutServer("sdk", binding.id)).toMatch(/no protocol/);
  });
});

it("there is one on every carrier that is a socket", () => {
  expect(new Set(bareBindings.map(({ transport }) => carriers[transport]))).toEqual(bareCarriers);
});

describe("bare/tcp", () => {
  it("hangs up on what is no length, on either side", async () => {
    await using server = await served("bare/tcp");
    const url = new URL(server.urls["bare/tcp"] as string);
    const socket = connect(Number(url.port), url.hostname);
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await once(socket, "close");
    await using web = await served("bare/http");
    const target = `tcp://${new URL(web.urls["bare/http"] as string).host}`;
    await using session = await (findBinding("bare/tcp") as (typeof bareBindings)[number]).connect(target, {
      client: "wire",
      signal,
    });
    await expect(session.call({ kind: "send", agent: "echo", body: "x" }, signal)).rejects.toMatchObject({
      kind: "protocol",
    });
  });
});
