import type { Binding, Session } from "@apb/core/binding";
import { commandUrl } from "@apb/core/command-url";
import { asFailure } from "@apb/core/failure";
import { describe, expect, it } from "vitest";
import { mcpStdio } from "./mcp.ts";
import { mcpStdioSession } from "./mcp-session.ts";

const { signal } = new AbortController();
const result = (id: unknown, value: object): object => ({ jsonrpc: "2.0", id, result: value });
const error = (id: unknown, code: number): object => ({ jsonrpc: "2.0", id, error: { code, message: "no" } });
const complete = { resultType: "complete" };
const discovered = { ...complete, supportedVersions: ["2026-07-28"], capabilities: {} };
const initialized = { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "s", version: "1" } };
const said = (text: string): object => ({ content: [{ type: "text", text }], ...complete });

/** A line that is waited for and thrown away, and what is said then. */
function script(...answers: readonly (readonly object[])[]): string {
  const say = (answer: object): string => `echo '${JSON.stringify(answer)}'`;
  return answers.map((some) => ["read -r _", ...some.map(say)].join("; ")).join("; ");
}

/** A shell that runs this, and then waits for its end. */
function connect(binding: Binding, program: string): Promise<Session> {
  const url = commandUrl(["bash", "-c", `${program}; while read -r _; do :; done`]);
  return binding.connect(url, { client: "wire", signal });
}

const kindOf = (work: Promise<unknown>): Promise<unknown> => work.catch((thrown: unknown) => asFailure(thrown).kind);
const send = { kind: "send", agent: "echo", body: "hi" } as const;
const discover = { kind: "discover" } as const;

describe("MCP 2026-07-28", () => {
  it.each<[string, object]>([
    ["rejected", error(0, -32601)],
    ["rejected", result(0, { ...discovered, supportedVersions: ["2027-01-01"] })],
    ["protocol", result(0, complete)],
    ["protocol", { jsonrpc: "2.0", id: 0, method: "ping" }],
    ["protocol", { id: 0 }],
  ])("opens no session (%s) with a server that says %j", async (kind, answer) => {
    expect(await kindOf(connect(mcpStdio, script([answer])))).toBe(kind);
  });

  it("overlooks news, lists the tools of every page, and takes those that want headers elsewhere", async () => {
    const news = { jsonrpc: "2.0", method: "notifications/message", params: {} };
    const odd = { name: "b", inputSchema: { properties: { n: { type: "number", "x-mcp-header": "" } } } };
    const first = { tools: [{ name: "a" }], nextCursor: "2", ...complete };
    const program = script(
      [result(0, discovered)],
      [news, result(1, first)],
      [result(2, { tools: [odd], ...complete })],
    );
    await using session = await connect(mcpStdio, program);
    expect(await session.call(discover, signal)).toMatchObject({ kind: "agents", agents: ["a", "b"] });
  });

  it.each<[string, object]>([
    ["unknown-agent", { ...error(1, -32602), error: { code: -32602, message: "Unknown tool: echo" } }],
    ["agent", result(1, { content: [], isError: true, ...complete })],
    ["protocol", result(1, { content: [] })],
    ["protocol", result(9, said("hi"))],
  ])("fails a call (%s) that is answered with %j", async (kind, answer) => {
    await using session = await connect(mcpStdio, script([result(0, discovered)], [answer]));
    expect(await kindOf(session.call(send, signal))).toBe(kind);
  });

  it("fails a call whose server ends, with its last words", async () => {
    await using session = await connect(mcpStdio, `${script([result(0, discovered)], [])}; echo oh >&2; exit 7`);
    await expect(session.call(send, signal)).rejects.toThrow("the server's process ended (exit code 7: oh)");
  });
});

describe("MCP 2025-11-25", () => {
  it("initializes, answers the server's pings, and calls", async () => {
    const ping = { jsonrpc: "2.0", id: "p", method: "ping" };
    // Read are `initialize`, the word that it is done, the call, and the answer to the ping.
    const program = script([result(0, initialized)], [], [ping], [result(1, said("hi"))]);
    await using session = await connect(mcpStdioSession, program);
    expect(await session.call(send, signal)).toEqual({ kind: "message", body: "hi" });
    expect(session.wire.connections).toBe(1);
  });

  it("opens no session with a server of another revision", async () => {
    const answer = result(0, { ...initialized, protocolVersion: "2024-11-05" });
    expect(await kindOf(connect(mcpStdioSession, script([answer])))).toBe("rejected");
  });
});

it.each([mcpStdio, mcpStdioSession])("$id says why no more than 100 sessions are measured", ({ mostSessions }) => {
  expect(mostSessions).toMatchObject({ count: 100, reason: expect.stringContaining("process") });
});
