import { type Id, parseMessage } from "@apb/protocols/jsonrpc";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { malformedFrames } from "../testing/frame-mutations.ts";
import { probeLines } from "../testing/line-probe.ts";
import { mcpStdio, mcpStdioSession } from "./stdio.ts";

const rpc = (method: string, params: object): object => ({ jsonrpc: "2.0", id: 1, method, params });
const clientInfo = { name: "fuzz", version: "1.0.0" };
const initialize = rpc("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
const cancelled = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1, reason: "no" } };
const _meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": clientInfo,
  "io.modelcontextprotocol/clientCapabilities": {},
};
const members = ["jsonrpc", "id", "method", "params", "result", "error"];

const calls = (extra: object): readonly object[] => [
  rpc("tools/call", { name: "echo", arguments: { text: "hi" }, ...extra }),
  rpc("tools/call", { name: "writer", arguments: { text: "a\nb" }, ...extra }),
  rpc("tools/list", extra),
];

const revisions = [
  {
    revision: "2026-07-28",
    serve: mcpStdio,
    opening: rpc("server/discover", { _meta }),
    seeds: [...calls({ _meta }), rpc("server/discover", { _meta }), cancelled],
    sentinel: { jsonrpc: "2.0", id: "after", method: "tools/list", params: { _meta } },
  },
  {
    revision: "2025-11-25",
    serve: mcpStdioSession,
    opening: initialize,
    seeds: [...calls({}), initialize, rpc("ping", {}), cancelled, { jsonrpc: "2.0", id: 1, result: { roots: [] } }],
    sentinel: { jsonrpc: "2.0", id: "after", method: "ping" },
  },
];

/** The id that a line must be answered with; none where no answer is due. */
function due(line: string): readonly (Id | null)[] {
  const message = parseMessage(line);
  if (message === null) return [null];
  return message.kind === "request" || message.kind === "invalid" ? [message.id] : [];
}

it.each(revisions)("answers 2,000 malformed lines as MCP $revision has it, and valid ones after them", async (of) => {
  const agents = new Agents();
  const probe = probeLines((input, output) => of.serve(agents, input, output));
  probe.write(`${JSON.stringify(of.opening)}\n`);
  expect(await probe.next()).toMatchObject({ result: {} });
  await fc.assert(
    fc.asyncProperty(malformedFrames(of.seeds, members), async (frame) => {
      probe.write(Buffer.concat([Buffer.from(frame), Buffer.from(`\n${JSON.stringify(of.sentinel)}\n`)]));
      const got: unknown[] = [];
      for (;;) {
        const answer = (await probe.next()) as { id: unknown; result?: unknown; error?: { message: string } };
        if (answer.id === "after") break;
        expect(answer.result ?? answer.error?.message).toBeDefined();
        got.push(answer.id);
      }
      expect(got).toEqual(Buffer.from(frame).toString("utf8").split("\n").flatMap(due));
    }),
    { numRuns: 2000 },
  );
  expect(agents.calls).toBeGreaterThan(20);
});
