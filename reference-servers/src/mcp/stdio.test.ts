import { expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { bodyLimitBytes } from "../http-body.ts";
import { type LineProbe, probeLines } from "../testing/line-probe.ts";
import { mcpStdio, mcpStdioSession } from "./stdio.ts";

const _meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "c", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};
const line = (id: unknown, method: string, params: object = {}): string =>
  `${JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta } })}\n`;
const call = (id: unknown, name: string, text: string): string => line(id, "tools/call", { name, arguments: { text } });
const said = (id: unknown, text: string): object => ({ id, result: { content: [{ type: "text", text }] } });
const error = (id: unknown, code: number): object => ({ id, error: { code, message: expect.any(String) } });
const endless = JSON.stringify({ chunks: 7200, intervalMs: 1000 });

function begin(agents = new Agents()): LineProbe {
  return probeLines((input, output) => mcpStdio(agents, input, output));
}

it("answers each request with its own answer, whatever else is under way", async () => {
  const probe = begin();
  probe.write(call("endless", "tokens", endless));
  probe.write(call("slow", "tokens", '{"chunks":2,"intervalMs":1}'));
  for (let id = 1; id < 20; id++) probe.write(call(id, "echo", `number ${id}`));
  for (let id = 1; id < 20; id++) expect(await probe.next()).toMatchObject(said(id, `number ${id}`));
  expect(await probe.next()).toMatchObject(said("slow", "token-0token-1"));
  probe.write(line("d", "server/discover"));
  expect(await probe.next()).toMatchObject({ id: "d", result: { supportedVersions: ["2026-07-28"] } });
  probe.input.end();
});

it("does not answer what was cancelled, and ends the work on it", async () => {
  const agents = new Agents();
  const probe = begin(agents);
  probe.write(call(1, "tokens", endless));
  probe.write('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}\n');
  probe.write(call(1, "echo", "again"));
  expect(await probe.next()).toMatchObject(said(1, "again"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(agents.underWay.heldBytes).toBe(0);
});

it("ends what is under way with its input", async () => {
  const agents = new Agents();
  const probe = begin(agents);
  probe.write(call(1, "tokens", endless));
  probe.write(call(2, "echo", "x"));
  await probe.next();
  probe.input.destroy();
  await new Promise((resolve) => setImmediate(resolve));
  expect(agents.underWay.heldBytes).toBe(0);
});

it.each<[string, string, object]>([
  ["no JSON", "{\n", error(null, -32700)],
  ["no metadata", '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}\n', error(1, -32602)],
  ["an unknown method", line(1, "initialize"), error(1, -32601)],
  ["an unknown tool", call(1, "nobody", ""), error(1, -32602)],
  ["a tool that fails", call(1, "tokens", "no"), { id: 1, result: { isError: true } }],
  ["a line that is too long", `${"x".repeat(bodyLimitBytes)}yz\n`, error(null, -32600)],
  ["another revision", line(1, "tools/list").replace('Version":"2026', 'Version":"2027'), error(1, -32022)],
])("answers %s with an error, and goes on", async (_, wrong, answer) => {
  const probe = begin();
  for (const half of [wrong.slice(0, 10), wrong.slice(10)]) probe.write(half);
  expect(await probe.next()).toMatchObject(answer);
  probe.write(call(2, "echo", "x"));
  expect(await probe.next()).toMatchObject(said(2, "x"));
});

it("refuses requests beyond what may wait", async () => {
  const probe = begin(new Agents({ delayMs: 60_000, workMs: 0 }));
  const large = "x".repeat(3 * 1024 * 1024);
  for (let id = 0; id < 6; id++) probe.write(call(id, "echo", large));
  expect(await probe.next()).toMatchObject(error(5, -32603));
});

it("reads no more while what it says is not taken", async () => {
  const probe = begin();
  probe.output.removeAllListeners("data");
  probe.output.pause();
  const large = call(1, "echo", "x".repeat(1024 * 1024));
  for (let n = 0; n < 8; n++) probe.write(large);
  for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
  expect(probe.input.isPaused()).toBe(true);
  expect(probe.output.writableLength).toBeLessThan(3 * large.length);
});

it("has a session, which initialize begins", async () => {
  const probe = probeLines((input, output) => mcpStdioSession(new Agents(), input, output));
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "c", version: "1" } };
  probe.write(call(1, "echo", "x"));
  expect(await probe.next()).toMatchObject(error(1, -32600));
  probe.write(line(0, "initialize", params));
  expect(await probe.next()).toMatchObject({ id: 0, result: { protocolVersion: "2025-11-25" } });
  probe.write(call(2, "echo", "x"));
  expect(await probe.next()).toMatchObject(said(2, "x"));
});
