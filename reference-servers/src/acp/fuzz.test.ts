import { once } from "node:events";
import net from "node:net";
import { errorCodes } from "@apb/protocols/acp";
import { readTask } from "@apb/protocols/acp-client";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Agents } from "../agents/agents.ts";
import { type Listening, listen } from "../listen.ts";
import { malformedFrames } from "../testing/frame-mutations.ts";
import { type FuzzReply, fuzzHttp } from "../testing/http-fuzz.ts";
import type { FuzzRequest } from "../testing/http-mutations.ts";

let server: Listening;
let http: string;

beforeAll(async () => {
  const bindings = ["acp/rest", "acp/websocket"];
  server = await listen({ bindings, port: 0, host: "loopback", agents: new Agents() });
  http = server.urls["acp/rest"] as string;
});
afterAll(() => server[Symbol.asyncDispose]());

const sessionId = "c9bf9e57-1685-4c89-bafb-ff5af830be8a";

function request(agent_name: string, content: string, mode: string): object {
  const part = { content_type: "text/plain", content, content_encoding: "plain" };
  return { agent_name, input: [{ role: "user", parts: [part] }], session_id: sessionId, mode };
}

function isError(value: unknown): boolean {
  const { code, message } = (value ?? {}) as { code?: unknown; message?: unknown };
  return errorCodes.some((known) => known === code) && typeof message === "string";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What ACP does not allow about a reply. */
function judge({ status, headers, body }: FuzzReply, { method, path }: FuzzRequest): string | null {
  const type = headers["content-type"];
  if (method === "HEAD") return status >= 400 ? null : "expected a refusal: nothing here has HEAD";
  if (status === 404 && type?.startsWith("text/plain")) return null;
  if (status >= 400) {
    if (type !== "application/json" || !isError(parse(body))) return "expected an ACP error";
    return status === 405 && headers.allow === undefined ? "expected an Allow header" : null;
  }
  if (type === "text/event-stream") return body.startsWith('data: {"type":"run.created"') ? null : "expected an event";
  if (type !== "application/json" || parse(body) === undefined) return "expected JSON";
  const isRun = method === "POST" && path.split("?")[0] === "/runs";
  return isRun && readTask(parse(body)).kind !== "task" ? "expected a run" : null;
}

it("takes 10,000 broken requests on REST", async () => {
  const post = (body: object): FuzzRequest => ({
    method: "POST",
    path: "/runs",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
  });
  const get = (path: string): FuzzRequest => ({ method: "GET", path, headers: {}, body: "" });
  // A run of mode sync would be forgotten before the end.
  const lasting = post(request("echo", "Hello", "async"));
  const made = await fetch(`${http}/runs`, { method: "POST", headers: lasting.headers, body: String(lasting.body) });
  const id = made.headers.get("run-id");
  const seeds = [
    post(request("echo", "Hello", "sync")),
    lasting,
    post(request("writer", "a\nb", "async")),
    post(request("tokens", '{"chunks":3}', "stream")),
    get("/ping"),
    get("/agents?limit=3&offset=1"),
    get("/agents/echo"),
    get(`/runs/${id}`),
    get(`/runs/${id}/events`),
    get(`/session/${sessionId}`),
  ];
  await fuzzHttp({ url: http, seeds, runs: 10_000, judge });
}, 120_000);

const seeds: readonly object[] = [
  { id: 1, op: "agents", limit: 2, offset: 1 },
  { id: 2, op: "run", request: request("echo", "Hello", "sync") },
  { id: 3, op: "run", request: request("tokens", '{"chunks":2}', "stream") },
  { id: 4, op: "run", request: request("writer", "a\nb", "async") },
  { id: 5, op: "get", run_id: sessionId },
  { id: 6, op: "cancel", run_id: sessionId },
  { id: 7, op: "stop" },
];
const frames = malformedFrames(seeds, ["id", "op", "request", "run_id", "limit", "offset"]);

interface Reply {
  readonly id: unknown;
  readonly error?: unknown;
}

/** Id of the request after each frame: once it is answered, so must be what was before it, but for streams. */
const nextId = Number.MAX_SAFE_INTEGER;

/** The id a text frame must be answered with; undefined where no answer is due. */
function answerId(frame: string): number | null | undefined {
  const { id, op } = (parse(frame) ?? {}) as { id?: unknown; op?: unknown };
  if (!Number.isSafeInteger(id) || (id as number) < 0) return null;
  return op === "stop" ? undefined : (id as number);
}

/** Sends one frame and resolves when all that is due has come, or with the code the connection ends with. */
function exchange(socket: WebSocket, frame: string | Buffer): Promise<readonly Reply[] | number> {
  const due = Buffer.isBuffer(frame) ? null : answerId(frame);
  const got: Reply[] = [];
  return new Promise((resolve, reject) => {
    const hang = setTimeout(
      () => reject(new Error(`expected answers within 20 s, got ${JSON.stringify(got)}`)),
      20_000,
    );
    const done = (outcome: readonly Reply[] | number): void => {
      clearTimeout(hang);
      socket.removeListener("close", done);
      socket.removeListener("message", take);
      resolve(outcome);
    };
    const take = (data: unknown): void => {
      got.push(parse(String(data)) as Reply);
      const answered = (id: unknown): boolean => got.some((reply) => reply.id === id);
      if (answered(nextId) && (due === undefined || answered(due))) done(got);
    };
    socket.on("close", done);
    socket.on("message", take);
    socket.send(frame);
    socket.send(JSON.stringify({ id: nextId, op: "agents", limit: 1 }));
  });
}

/** What the binding does not allow about the answers to a frame. */
function judgeFrame(frame: string | Buffer, answers: readonly Reply[] | number): string | null {
  if (Buffer.isBuffer(frame)) return answers === 1003 ? null : "expected close 1003";
  if (typeof answers === "number") return "expected the connection to stay";
  const broken = answers.some(({ id, error }) => (id === null || error !== undefined) && !isError(error));
  return broken ? "expected an ACP error" : null;
}

it("takes 10,000 broken frames on a WebSocket", async () => {
  const connect = async (): Promise<WebSocket> => {
    const socket = new WebSocket(`${http.replace("http:", "ws:")}/ws`);
    socket.on("error", () => undefined);
    await once(socket, "open");
    return socket;
  };
  let socket = await connect();
  await fc.assert(
    fc.asyncProperty(frames, async (frame) => {
      if (socket.readyState !== socket.OPEN) socket = await connect();
      const answers = await exchange(socket, frame);
      const finding = judgeFrame(frame, answers);
      if (finding !== null) throw new Error(`${finding}, got ${JSON.stringify(answers).slice(0, 500)}`);
    }),
    { numRuns: 10_000 },
  );
  socket.terminate();
}, 120_000);

it("takes 500 connections of bytes that are no WebSocket frames", async () => {
  const { port } = new URL(http);
  const handshake = `GET /ws HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 100 }), async (bytes) => {
      const socket = net.connect(Number(port), "127.0.0.1");
      socket.end(Buffer.concat([Buffer.from(handshake), bytes]));
      const reply = Buffer.concat(await socket.toArray());
      expect(reply.toString("latin1")).toMatch(/^HTTP\/1\.1 101 /);
    }),
    { numRuns: 500 },
  );
  expect((await fetch(`${http}/ping`)).status).toBe(200);
}, 120_000);
