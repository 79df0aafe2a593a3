import type { ClientKind } from "@apb/core/binding";
import { checks, runChecks } from "@apb/core/checks";
import { Agents } from "@apb/reference-servers/agents/agents";
import { listen } from "@apb/reference-servers/listen";
import { sdkDoors } from "@apb/reference-servers/sdk/doors";
import { withoutSlim } from "@apb/reference-servers/sdk/slim-bindings";
import { describe, expect, it } from "vitest";
import { bindings } from "./catalog.ts";

const clients: readonly ClientKind[] = ["library", "wire"];
const missing = withoutSlim();

// Where there is no SLIM node (`pnpm slim` fetches it) the tests with one are seen to be skipped.
describe.each(bindings.filter(({ protocol }) => protocol === "slim"))("$id through a real node", (binding) => {
  it.skipIf(missing !== null).each(clients)("passes every check it does not skip, by the %s client", async (client) => {
    const agents = new Agents();
    const options = { doors: sdkDoors, bindings: [binding.id], port: 0, host: "loopback", agents };
    await using server = await listen(options);
    const url = server.urls[binding.id] as string;
    const target = { binding, connect: (signal: AbortSignal) => binding.connect(url, { client, signal }) };
    const results = await runChecks(target, { timeoutMs: 10_000, signal: new AbortController().signal });
    const failed = results.filter((result) => result.status === "failed");
    expect(failed.map(({ check, failure }) => `${check}: ${failure.message}`)).toEqual([]);
    expect(results).toHaveLength(checks.length);
    expect(results.filter((result) => result.status === "passed").length).toBeGreaterThan(10);
    expect(agents.calls).toBeGreaterThan(0);
  });

  it.skipIf(missing !== null)("is told of a port that is taken, and lets go of its own", async () => {
    const options = { doors: sdkDoors, bindings: [binding.id], host: "loopback", agents: new Agents() };
    const first = await listen({ ...options, port: 0 });
    const port = Number(new URL(first.urls[binding.id] as string).port);
    await expect(listen({ ...options, port })).rejects.toThrow(/in use/);
    await first[Symbol.asyncDispose]();
    await using _ = await listen({ ...options, port });
  });
});
