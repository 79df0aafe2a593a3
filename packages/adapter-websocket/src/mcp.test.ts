import { createServer } from "node:http";
import type { Session, Unary } from "@apb/core/binding";
import { asFailure } from "@apb/core/failure";
import { type Loopback, loopback } from "@apb/wire/testing/loopback";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { mcpWebSocket } from "./mcp.ts";

interface Sent {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
}

const result = (id: unknown, value: object): object => ({ jsonrpc: "2.0", id, result: value });
const error = (id: unknown, code: number, message: string): object => ({
  jsonrpc: "2.0",
  id,
  error: { code, message },
});
const opening = { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "s", version: "1" } };
const said = (id: unknown, text: string): object => result(id, { content: [{ type: "text", text }] });

/** What the server says to each message, JSON or as it is; and what it was told. */
let answer: (message: Sent) => readonly unknown[];
let told: Sent[] = [];
let server: Loopback;
let url: string;
let protocol: string | false;
const { signal } = new AbortController();

beforeAll(async () => {
  const http = createServer();
  const webSockets = new WebSocketServer({ server: http, handleProtocols: () => protocol });
  webSockets.on("connection", (socket: WebSocket) =>
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as Sent;
      told.push(message);
      for (const frame of answer(message))
        socket.send(typeof frame === "string" || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
    }),
  );
  server = await loopback(http);
  url = server.url.href.replace("http:", "ws:");
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  told = [];
  protocol = "mcp";
});

/** Answers `initialize` as it should be, and then as the test wants. */
function then(next: (message: Sent) => readonly unknown[]): void {
  answer = (message) => {
    if (message.method === "initialize") return [result(message.id, opening)];
    return message.method === "tools/call" || message.method === "tools/list" ? next(message) : [];
  };
}

const connect = (): Promise<Session> => mcpWebSocket.connect(url, { client: "library", signal });
const kindOf = (work: Promise<unknown>): Promise<unknown> => work.catch((thrown: unknown) => asFailure(thrown).kind);
const send: Unary = { kind: "send", agent: "echo", body: "hi" };

describe("connecting", () => {
  it("agrees on a session and says so", async () => {
    then(({ id }) => [said(id, "hi")]);
    await using session = await connect();
    expect(await session.call(send, signal)).toEqual({ kind: "message", body: "hi" });
    expect(told).toMatchObject([
      { id: 0, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {} } },
      { method: "notifications/initialized" },
      { id: 1, method: "tools/call", params: { name: "echo", arguments: { text: "hi" } } },
    ]);
  });

  it.each<[kind: string, title: string, frames: readonly unknown[]]>([
    ["rejected", "an error", [error(0, -32600, "no")]],
    ["rejected", "an earlier revision", [result(0, { ...opening, protocolVersion: "2024-11-05" })]],
    ["protocol", "a result that is none", [result(0, {})]],
    ["protocol", "what is no JSON", ["{"]],
    ["protocol", "a binary frame", [Buffer.from("{}")]],
  ])("%s: %s", async (kind, _title, frames) => {
    answer = () => frames;
    expect(await kindOf(connect())).toBe(kind);
  });

  it("needs the subprotocol", async () => {
    protocol = false;
    expect(await kindOf(connect())).toBe("protocol");
  });

  it("does not take initialize back when it is aborted", async () => {
    const controller = new AbortController();
    const closed = new Promise((resolve) => {
      answer = () => {
        server.sockets.at(-1)?.once("close", resolve);
        controller.abort();
        return [];
      };
    });
    expect(await kindOf(mcpWebSocket.connect(url, { client: "library", signal: controller.signal }))).toBe("aborted");
    await closed;
    expect(told.map(({ method }) => method)).toEqual(["initialize"]);
  });
});

it("lists the tools of every page", async () => {
  then(({ id, params }) => [
    result(id, { tools: [{ name: JSON.stringify(params) }], ...(id === 1 ? { nextCursor: "2" } : {}) }),
  ]);
  await using session = await connect();
  expect(await session.call({ kind: "discover" }, signal)).toMatchObject({
    kind: "agents",
    agents: ["{}", '{"cursor":"2"}'],
  });
});

it("answers the server's pings, refuses what else it asks, and overlooks its news", async () => {
  const ping = { jsonrpc: "2.0", id: "p", method: "ping" };
  const wish = { jsonrpc: "2.0", id: 9, method: "roots/list" };
  then(({ id }) => [{ jsonrpc: "2.0", method: "notifications/message", params: {} }, ping, wish, said(id, "hi")]);
  await using session = await connect();
  expect(await session.call(send, signal)).toEqual({ kind: "message", body: "hi" });
  await session.call(send, signal);
  expect(told.slice(3, 5)).toMatchObject([
    { id: "p", result: {} },
    { id: 9, error: { code: -32601 } },
  ]);
});

it.each<[kind: string, title: string, frame: (id: unknown) => unknown]>([
  ["unknown-agent", "an unknown tool", (id) => error(id, -32602, "Unknown tool: echo")],
  ["agent", "a tool that failed", (id) => result(id, { content: [], isError: true })],
  ["rejected", "other bad parameters", (id) => error(id, -32602, "bad")],
  ["mismatch", "two items", (id) => result(id, { content: [{}, {}] })],
  ["protocol", "a result that is none", (id) => result(id, {})],
  ["protocol", "an answer to nothing", () => said(99, "hi")],
  ["protocol", "an answer of another id", () => said("1", "hi")],
  ["protocol", "what is no message", () => "[]"],
])("%s: %s", async (kind, _title, frame) => {
  then(({ id }) => [frame(id)]);
  await using session = await connect();
  expect(await kindOf(session.call(send, signal))).toBe(kind);
});

it("streams a tool's progress, and knows what is none of it", async () => {
  const step = (message: unknown, progressToken: unknown): object => ({
    ...{ jsonrpc: "2.0", method: "notifications/progress" },
    params: { progressToken, progress: 1, message },
  });
  then(({ id }) => [step("a", id), step("b", `${id}`), step(1, id), step("c", id), said(id, "ac")]);
  await using session = await connect();
  const replies = session.stream({ kind: "stream", agent: "tokens", body: "" }, signal)[Symbol.asyncIterator]();
  const seen: unknown[] = [];
  for (let next = await replies.next(); ; next = await replies.next()) {
    seen.push(next.value);
    if (next.done === true) break;
  }
  const atMs = expect.any(Number);
  const message = (body: string): object => ({ kind: "message", body, atMs });
  expect(seen).toEqual([message("a"), message("c"), { atMs, silent: 1 }]);
});

it("wants no progress of a call that is no stream", async () => {
  then(({ id }) => [{ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: id, progress: 1 } }]);
  await using session = await connect();
  expect(await kindOf(session.call(send, signal))).toBe("protocol");
});

it("takes back a call that is aborted", async () => {
  then(() => []);
  await using session = await connect();
  const controller = new AbortController();
  const aborted = kindOf(session.call(send, controller.signal));
  controller.abort();
  expect(await aborted).toBe("aborted");
  then(({ id }) => [said(id, "hi")]);
  await session.call(send, signal);
  expect(told[3]).toMatchObject({ method: "notifications/cancelled", params: { requestId: 1 } });
});

it.each<Unary>([
  { kind: "start", agent: "echo", body: "" },
  { kind: "poll", handle: "1" },
  { kind: "cancel", handle: "1" },
])("has no $kind", async (operation) => {
  then(() => []);
  await using session = await connect();
  await expect(session.call(operation, signal)).rejects.toMatchObject({ kind: "unsupported" });
  const { cannot } = mcpWebSocket;
  expect(cannot[operation.kind]).toBeDefined();
});
