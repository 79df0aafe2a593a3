import { once } from "node:events";
import { type Id, parseMessage } from "@apb/protocols/jsonrpc";
import { readSse } from "@apb/protocols/sse";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Agents } from "../agents/agents.ts";
import { type Listening, listen } from "../listen.ts";
import { malformedFrames } from "../testing/frame-mutations.ts";
import { type FuzzReply, fuzzHttp } from "../testing/http-fuzz.ts";
import type { FuzzRequest } from "../testing/http-mutations.ts";

const agents = new Agents();
let server: Listening;
let url: string;
beforeAll(async () => {
  const bindings = ["mcp/jsonrpc@2025-11-25", "mcp/websocket"];
  server = await listen({ bindings, port: 0, host: "loopback", agents });
  url = server.urls["mcp/jsonrpc@2025-11-25"] as string;
});
afterAll(() => server[Symbol.asyncDispose]());

const rpc = (method: string, params: object): object => ({ jsonrpc: "2.0", id: 1, method, params });
const clientInfo = { name: "fuzz", version: "1.0.0" };
const initialize = rpc("initialize", { protocolVersion: "2025-11-25", capabilities: { sampling: {} }, clientInfo });
const messages: readonly object[] = [
  initialize,
  rpc("tools/call", { name: "echo", arguments: { text: "hi" } }),
  rpc("tools/call", { name: "writer", arguments: { text: "a\nb" }, _meta: { asked: 1 } }),
  rpc("tools/list", {}),
  rpc("ping", {}),
  { jsonrpc: "2.0", method: "notifications/initialized" },
  { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1, reason: "no" } },
  { jsonrpc: "2.0", id: 1, result: { roots: [] } },
  { jsonrpc: "2.0", id: 1, error: { code: -1, message: "no" } },
];

/** A call whose answer takes time: progress comes before it. */
const told = rpc("tools/call", { name: "writer", arguments: { text: "a\nb" }, _meta: { progressToken: 1 } });

const base = { "content-type": "application/json", accept: "application/json, text/event-stream" };

/** Sessions to use, the first one now: a mutation may well end it. */
const open: string[] = [];

async function begin(): Promise<void> {
  const reply = await fetch(url, { method: "POST", headers: base, body: JSON.stringify(initialize) });
  await reply.text();
  open.push(reply.headers.get("mcp-session-id") as string);
}

/** In the session that is open when the headers are read. */
const inSession = {
  ...base,
  "mcp-protocol-version": "2025-11-25",
  get "mcp-session-id"(): string {
    return open[0] as string;
  },
};

/** The statuses each error goes with: in a session, and in the stateless revision when a mutation leads there. */
const statuses = new Map([
  [-32700, [400]],
  [-32600, [200, 400, 403, 405, 413, 415]],
  [-32601, [200, 404]],
  [-32602, [200, 400]],
  [-32000, [400, 406, 409]],
  [-32001, [404]],
  [-32020, [400]],
  [-32022, [400]],
]);

function judge(reply: FuzzReply, { method, path }: FuzzRequest): string | null {
  const { status, body } = reply;
  if (!/^\/mcp\/?(\?|$)/.test(path)) return status === 404 ? null : "expected 404 for another path";
  if (method === "DELETE" && status === 200) {
    open.shift();
    void begin();
    return body === "" ? null : "expected no body with the end of a session";
  }
  if (status === 202) return body === "" ? null : "expected no body with 202";
  if (method === "HEAD") return status === 405 || status === 403 ? null : "expected 405 for HEAD";
  if (method === "GET" && status === 200) return body === ": listening\n\n" ? null : "expected an open stream";
  // Only the beginning of an event stream is looked at.
  if (status === 200 && body.includes("notifications/progress")) return null;
  const answer = answerIn(reply);
  if (answer === null) return "expected one answer, as an event or as JSON";
  const { jsonrpc, result, error, ...others } = answer;
  if (jsonrpc !== "2.0" || Object.keys(others).join() !== "id") return "expected a JSON-RPC answer and nothing else";
  if (error === undefined) return status === 200 && result !== undefined ? null : "expected a result";
  if (typeof error.message !== "string" || result !== undefined) return "expected an error with a message";
  return statuses.get(error.code)?.includes(status) ? null : "expected an error that goes with the status";
}

interface Answer {
  readonly jsonrpc: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: unknown };
}

function answerIn({ status, headers, body }: FuzzReply): Answer | null {
  if (headers["content-type"] === "application/json") return JSON.parse(body);
  if (headers["content-type"] !== "text/event-stream" || status !== 200) return null;
  const [event, ...others] = readSse(body);
  return event?.event === "message" && others.length === 0 ? JSON.parse(event.data) : null;
}

it("takes 10,000 broken requests on HTTP", async () => {
  await Promise.all(Array.from({ length: 20 }, begin));
  const post = { method: "POST", path: "/mcp", headers: inSession };
  const [first, ...others] = [...messages, told].map((message) => ({ ...post, body: JSON.stringify(message) }));
  const seeds = [{ ...(first as FuzzRequest), headers: base }, ...others];
  const before = agents.calls;
  await fuzzHttp({ url, seeds, runs: 10_000, judge });
  expect(agents.calls - before).toBeGreaterThan(100);
}, 120_000);

const frames = malformedFrames(messages, ["jsonrpc", "id", "method", "params", "result", "error"]);

/** Id of the request after each frame: once it is answered, so must be what was before it. */
const sentinel = "after";

/** The id a frame must be answered with; undefined where no answer is due. */
function answerId(frame: string | Buffer): Id | null | undefined {
  const message = Buffer.isBuffer(frame) ? null : parseMessage(frame);
  if (message === null) return null;
  return message.kind === "request" || message.kind === "invalid" ? message.id : undefined;
}

/** Sends one frame and resolves with all answers up to the sentinel's, or with the code the connection ends with. */
function exchange(socket: WebSocket, frame: string | Buffer): Promise<readonly (Id | null)[] | number> {
  const got: (Id | null)[] = [];
  return new Promise((resolve, reject) => {
    const hang = setTimeout(
      () => reject(new Error(`expected answers within 20 s, got ${JSON.stringify(got)}`)),
      20_000,
    );
    const done = (outcome: readonly (Id | null)[] | number): void => {
      clearTimeout(hang);
      socket.removeListener("close", done);
      socket.removeListener("message", take);
      resolve(outcome);
    };
    const take = (data: unknown): void => {
      const message = parseMessage(String(data));
      if (message?.kind !== "result" && message?.kind !== "error") reject(new Error(`expected an answer, got ${data}`));
      else if (message.id === sentinel) done(got);
      else got.push(message.id);
    };
    socket.on("close", done);
    socket.on("message", take);
    socket.send(frame);
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: sentinel, method: "ping" }));
  });
}

it("takes 10,000 broken frames on a WebSocket", async () => {
  const connect = async (): Promise<WebSocket> => {
    const socket = new WebSocket(server.urls["mcp/websocket"] as string, "mcp");
    socket.on("error", () => undefined);
    await once(socket, "open");
    await exchange(socket, JSON.stringify(initialize));
    return socket;
  };
  let socket = await connect();
  await fc.assert(
    fc.asyncProperty(frames, async (frame) => {
      if (socket.readyState !== socket.OPEN) socket = await connect();
      const due = answerId(frame);
      const expected = Buffer.isBuffer(frame) ? 1003 : due === undefined ? [] : [due];
      expect(await exchange(socket, frame)).toEqual(expected);
    }),
    { numRuns: 10_000 },
  );
  socket.terminate();
}, 120_000);
