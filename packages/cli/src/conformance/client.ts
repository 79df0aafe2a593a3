import { mcpJsonrpc } from "@apb/adapter-jsonrpc/mcp";
import { mcpJsonrpcSession } from "@apb/adapter-jsonrpc/mcp-session";
import type { ClientKind, ConnectOptions } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { mishap } from "../exit-codes.ts";
import type { Revision } from "./scenario-sets.ts";
import { callTools, type ToolCall } from "./tool-calls.ts";

/**
 * Our MCP client as the conformance suite starts it: `client.ts <wire|library> <url>`, with the scenario, the revision
 * and what the scenario wants called in the environment. Exit code 1 when the scenario's server refuses something.
 */
const timeoutMs = 20_000;

/** Scenarios whose servers have tools that cannot be called. */
const onlyListed: readonly string[] = ["json-schema-ref-no-deref"];

interface Context {
  readonly toolCalls?: readonly ToolCall[];
}

async function play(kind: ClientKind, url: string): Promise<void> {
  const { MCP_CONFORMANCE_SCENARIO: scenario = "", MCP_CONFORMANCE_CONTEXT: context = "{}" } = process.env;
  const spoken = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION as Revision;
  const options = { client: kind, signal: AbortSignal.timeout(timeoutMs) };
  const { toolCalls } = JSON.parse(context) as Context;
  if (scenario === "tools_call")
    await callTools(url, spoken, [{ name: "add_numbers", arguments: { a: 2, b: 3 } }], options);
  else if (toolCalls !== undefined) await callTools(url, spoken, toolCalls, options);
  else await useBinding(url, spoken, options, !onlyListed.includes(scenario));
}

/** What a benchmark does: finds the agents, and sends something to each. */
async function useBinding(url: string, spoken: Revision, options: ConnectOptions, calling: boolean): Promise<void> {
  const binding = spoken === mcpJsonrpc.spec.version ? mcpJsonrpc : mcpJsonrpcSession;
  await using session = await binding.connect(url, options);
  const found = await session.call({ kind: "discover" }, options.signal);
  if (found.kind !== "agents") throw new Failure("internal", `expected agents, got ${found.kind}`);
  const agents = calling ? found.agents : [];
  for (const agent of agents) await session.call({ kind: "send", agent, body: "hello" }, options.signal);
}

const [kind, url] = process.argv.slice(2);
await play(kind as ClientKind, url as string).catch((error: unknown) => {
  process.exitCode = mishap(error);
});
