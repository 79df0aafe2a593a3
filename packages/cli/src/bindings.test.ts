import type { ClientKind } from "@apb/core/binding";
import { checks, runChecks } from "@apb/core/checks";
import { Agents } from "@apb/reference-servers/agents/agents";
import { listen } from "@apb/reference-servers/listen";
import { describe, expect, it } from "vitest";
import { bindings } from "./catalog.ts";
import { isStartedByClients, withoutServer } from "./servers.ts";

const clients: readonly ClientKind[] = ["library", "wire"];

// Those that are started for each session are tested apart.
const served = bindings.filter(({ id }) => withoutServer("reference", id) === null && !isStartedByClients(id));

describe.each(served)("$id against its reference server", (binding) => {
  it.each(clients)("passes every check it does not skip, by the %s client", async (client) => {
    await using server = await listen({ bindings: [binding.id], port: 0, host: "loopback", agents: new Agents() });
    const url = server.urls[binding.id] as string;
    const target = { binding, connect: (signal: AbortSignal) => binding.connect(url, { client, signal }) };
    const results = await runChecks(target, { timeoutMs: 10_000, signal: new AbortController().signal });
    expect(results.filter((result) => result.status === "failed")).toEqual([]);
    expect(results).toHaveLength(checks.length);
    expect(results.filter((result) => result.status === "passed").length).toBeGreaterThan(10);
  });
});
