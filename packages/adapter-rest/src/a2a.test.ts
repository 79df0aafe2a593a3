import http from "node:http";
import type { Reply, Session, Unary } from "@apb/core/binding";
import { asFailure } from "@apb/core/failure";
import { loopback, unabortable } from "@apb/wire/testing/loopback";
import { describe, expect, it } from "vitest";
import { a2aRest } from "./a2a.ts";

/** What the server was sent. */
interface Seen {
  readonly line: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: unknown;
}

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}

/** A session on a server that gives these answers, one request each, and notes what it was sent. */
async function scripted(path: string, answers: readonly Answer[], seen: Seen[] = []) {
  const served = await loopback(
    http.createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const { status = 200, type = "application/a2a+json", body: text } = answers[seen.length] ?? { body: "" };
      const line = `${request.method} ${request.url}`;
      seen.push({ line, headers: request.headers, body: body === "" ? null : JSON.parse(body) });
      response.writeHead(status, { "content-type": type }).end(text);
    }),
  );
  const session = await a2aRest.connect(served.url.origin + path, { client: "library", signal: unabortable });
  return {
    session,
    seen,
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
    },
  };
}

const json = (value: unknown, status = 200): Answer => ({ status, body: JSON.stringify(value) });
const error = (code: number, message: string, details: unknown[] = []): Answer =>
  json({ error: { code, status: "X", message, details } }, code);
const said = { message: { messageId: "m", role: "ROLE_AGENT", parts: [{ text: "hi" }] } };
const task = { id: "t/1", status: { state: "TASK_STATE_WORKING" } };
const send = { kind: "send", agent: "echo", body: "hi" } as const;

async function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "success",
    (thrown) => asFailure(thrown).message,
  );
}

async function bodies(session: Session): Promise<Reply[]> {
  const replies: Reply[] = [];
  for await (const reply of session.stream({ ...send, kind: "stream" }, unabortable)) replies.push(reply);
  return replies;
}

describe("requests", () => {
  it.each<[string, string, Unary, unknown, string]>([
    ["a message", "/agents/{agent}", send, said, "POST /agents/echo/message:send"],
    ["a message to one agent", "/", send, said, "POST /message:send"],
    [
      "a name that needs escaping",
      "/agents/{agent}",
      { ...send, agent: "a/b" },
      said,
      "POST /agents/a%2Fb/message:send",
    ],
    ["a poll", "/agents/{agent}", { kind: "poll", handle: "echo/t/1" }, task, "GET /agents/echo/tasks/t%2F1"],
    ["a poll of one agent", "/one/", { kind: "poll", handle: "t" }, task, "GET /one/tasks/t"],
    ["a cancel", "/agents/{agent}", { kind: "cancel", handle: "echo/t" }, task, "POST /agents/echo/tasks/t:cancel"],
    ["a list", "/agents/{agent}", { kind: "discover" }, { agents: [] }, "GET /agents/"],
    ["a card", "/one", { kind: "discover" }, { name: "x" }, "GET /one/.well-known/agent-card.json"],
  ])("asks for %s", async (_name, path, operation, answer, line) => {
    await using server = await scripted(path, [json(answer)]);
    await server.session.call(operation, unabortable);
    expect(server.seen.map((one) => one.line)).toEqual([line]);
    expect(server.seen[0]?.headers["a2a-version"]).toBe("1.0");
  });

  it("sends messages of their own as A2A's media type", async () => {
    await using server = await scripted("/", [json(said), json({ task })]);
    await server.session.call(send, unabortable);
    await server.session.call({ ...send, kind: "start" }, unabortable);
    const id = expect.stringMatching(/^[\da-f-]{36}$/);
    const message = { messageId: id, role: "ROLE_USER", parts: [{ text: "hi" }] };
    expect(server.seen.map(({ body }) => body)).toEqual([
      { message },
      { message, configuration: { returnImmediately: true } },
    ]);
    expect(server.seen[0]?.headers["content-type"]).toBe("application/a2a+json");
    expect(new Set(server.seen.map(({ body }) => JSON.stringify(body).slice(0, 70))).size).toBe(2);
  });
});

describe("replies", () => {
  it("names tasks by agent where there are many", async () => {
    await using many = await scripted("/agents/{agent}", [json({ task })]);
    const start = { ...send, kind: "start" } as const;
    expect(await many.session.call(start, unabortable)).toMatchObject({ handle: "echo/t/1", state: "working" });
    await using one = await scripted("/", [json({ task })]);
    expect(await one.session.call(start, unabortable)).toMatchObject({ handle: "t/1" });
  });

  it("looks for the card at the root when there is none nearer", async () => {
    const card = json({ name: "Echo Agent", skills: [{ id: "echo" }] });
    await using server = await scripted("/a/b", [error(404, "x"), { body: "<html>" }, card]);
    const reply = await server.session.call({ kind: "discover" }, unabortable);
    expect(reply).toEqual({ kind: "agents", agents: ["Echo Agent", "echo"] });
    expect(server.seen.at(-1)?.line).toBe("GET /.well-known/agent-card.json");
  });

  it("brings a stream's texts in order, and uses the connection again", async () => {
    const chunk = (text: string) => ({ artifactUpdate: { artifact: { parts: [{ text }] } } });
    const events = [{ task }, chunk("a"), chunk("b"), { statusUpdate: { status: { state: "TASK_STATE_COMPLETED" } } }];
    const body = events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join("");
    await using server = await scripted("/", [{ type: "text/event-stream", body }, json(said)]);
    expect(await bodies(server.session)).toEqual(
      ["a", "b"].map((text) => ({ kind: "message", body: text, atMs: expect.any(Number) })),
    );
    expect(server.seen[0]?.headers.accept).toBe("text/event-stream");
    await server.session.call(send, unabortable);
  });
});

const info = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "TASK_NOT_FOUND" }];

describe("failures", () => {
  it.each<[string, Answer, string]>([
    ["a version it does not speak", error(400, "0.3 only"), "[rejected] HTTP 400: 0.3 only"],
    ["an agent that is not there", error(404, "who?"), "[unknown-agent] HTTP 404: who?"],
    ["a task that is not there", error(404, "which?", info), "[unknown-task] HTTP 404: which?"],
    ["a proxy's error", { status: 502, body: "<html>" }, "[protocol] HTTP 502: no A2A error in the body"],
    [
      "an answer that is no JSON",
      { body: "hi" },
      "[protocol] expected a SendMessageResponse with a message or a task, got undefined",
    ],
    [
      "an answer that is no message",
      json({}),
      "[protocol] expected a SendMessageResponse with a message or a task, got {}",
    ],
  ])("of %s", async (_name, answer, message) => {
    await using server = await scripted("/", [answer]);
    expect(await failureOf(server.session.call(send, unabortable))).toBe(message);
  });

  it.each<[string, Answer, string]>([
    ["an error instead", error(400, "no"), "[rejected] HTTP 400: no"],
    [
      "no end",
      { type: "text/event-stream", body: `data: ${JSON.stringify({ task })}\n\n` },
      "[protocol] expected a terminal statusUpdate, got the end of the stream",
    ],
    [
      "an event that is none",
      { type: "text/event-stream", body: "data: {}\n\n" },
      "[protocol] expected a task, message, statusUpdate or artifactUpdate, got {}",
    ],
    ["a single answer", json(said), "[protocol] expected a terminal statusUpdate, got the end of the stream"],
  ])("of a stream with %s", async (_name, answer, message) => {
    await using server = await scripted("/", [answer]);
    expect(await failureOf(bodies(server.session))).toBe(message);
  });

  it("of a handle without an agent, where there are many", async () => {
    await using server = await scripted("/agents/{agent}", []);
    const failure = failureOf(server.session.call({ kind: "poll", handle: "t" }, unabortable));
    expect(await failure).toBe("[unknown-task] expected a handle agent/id, got t");
    expect(server.seen).toEqual([]);
  });

  it("of no agents anywhere", async () => {
    await using server = await scripted("/", [json({})]);
    const failure = failureOf(server.session.call({ kind: "discover" }, unabortable));
    expect(await failure).toBe("[protocol] expected agents at /.well-known/agent-card.json, found none");
  });
});
