import { expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { listen } from "../listen.ts";
import { type FuzzReply, fuzzHttp } from "../testing/http-fuzz.ts";
import type { FuzzRequest } from "../testing/http-mutations.ts";

const version = "2026-07-28";
const _meta = {
  "io.modelcontextprotocol/protocolVersion": version,
  "io.modelcontextprotocol/clientInfo": { name: "fuzz", version: "1.0.0" },
  "io.modelcontextprotocol/clientCapabilities": { sampling: {} },
};

function seed(method: string, params: object, headers: Record<string, string> = {}): FuzzRequest {
  return {
    method: "POST",
    path: "/mcp",
    headers: { "content-type": "application/json", "mcp-protocol-version": version, "mcp-method": method, ...headers },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta } }),
  };
}

const seeds = [
  seed("tools/call", { name: "echo", arguments: { text: "hi" } }, { "mcp-name": "echo" }),
  seed("tools/call", { name: "writer", arguments: { text: "a\nb" } }, { "mcp-name": "=?base64?d3JpdGVy?=" }),
  seed("tools/list", {}),
  seed("server/discover", {}),
];

/** The statuses each error goes with; 200 has results too. */
const statuses = new Map([
  [-32700, [400]],
  [-32600, [400, 403, 405, 413, 415]],
  [-32601, [404]],
  [-32602, [200, 400]],
  [-32000, [400]],
  [-32001, [404]],
  [-32020, [400]],
  [-32022, [400]],
]);

function judge({ status, headers, body }: FuzzReply, { method, path }: FuzzRequest): string | null {
  if (!/^\/mcp\/?(\?|$)/.test(path)) return status === 404 ? null : "expected 404 for another path";
  if (status === 202) return body === "" ? null : "expected no body with 202";
  if (method === "HEAD") return status === 405 || status === 403 ? null : "expected 405 for HEAD";
  if (headers["content-type"] !== "application/json") return "expected a JSON answer";
  const { jsonrpc, id, result, error, ...others } = JSON.parse(body);
  if (jsonrpc !== "2.0" || Object.keys(others).length > 0) return "expected a JSON-RPC answer and nothing else";
  if (error === undefined)
    return status === 200 && id !== null && result.resultType === "complete" ? null : "expected a complete result";
  if (typeof error.message !== "string" || result !== undefined) return "expected an error with a message";
  return statuses.get(error.code)?.includes(status) ? null : "expected an error that goes with the status";
}

it("answers 10,000 malformed requests within the protocol, and valid ones after them", async () => {
  const agents = new Agents();
  await using server = await listen({ bindings: ["mcp/jsonrpc"], port: 0, host: "loopback", agents });
  await fuzzHttp({ url: server.urls["mcp/jsonrpc"] as string, seeds, runs: 10_000, judge });
  expect(agents.calls).toBeGreaterThan(4);
}, 120_000);
