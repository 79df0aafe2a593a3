import { once } from "node:events";
import net from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Agents } from "../agents/agents.ts";
import { bodyLimitBytes } from "../http-body.ts";
import { type Listening, listen } from "../listen.ts";
import { type Probe, probeWebSocket } from "../testing/websocket-probe.ts";
import { AcpService } from "./service.ts";
import { Conversation } from "./websocket.ts";

let server: Listening;
let url: string;

beforeAll(async () => {
  server = await serve();
  url = server.urls["acp/websocket"] as string;
});
afterAll(() => server[Symbol.asyncDispose]());

function serve(): Promise<Listening> {
  const bindings = ["acp/rest", "acp/websocket"];
  return listen({ bindings, port: 0, host: "loopback", agents: new Agents() });
}

type Frame = Readonly<Record<string, unknown>> & { readonly run: { readonly run_id: string; readonly status: string } };

const connect = (at = url): Promise<Probe<Frame>> => probeWebSocket<Frame>(at);

function request(agent_name: string, content: string, mode?: string): object {
  return { agent_name, input: [{ role: "user", parts: [{ content }] }], mode };
}

const run = (id: number, agent: string, content: string, mode?: string): object => ({
  id,
  op: "run",
  request: request(agent, content, mode),
});
const endless = JSON.stringify({ chunks: 7200, intervalMs: 1000 });
const nobody = "00000000-0000-4000-8000-000000000000";
const error = (id: number | null, code: string): object => ({ id, error: { code, message: expect.any(String) } });

describe("acp/websocket", () => {
  it("lists its agents", async () => {
    await using client = await connect();
    client.send({ id: 0, op: "agents", limit: 1, offset: 1 });
    expect(await client.next()).toEqual({ id: 0, agents: [expect.objectContaining({ name: "planner" })] });
    client.send({ id: 0, op: "agents" });
    expect((await client.next()).agents).toHaveLength(8);
  });

  it("answers a run with what REST would", async () => {
    await using client = await connect();
    client.send(run(1, "echo", "Hello"));
    const { id, run: finished } = await client.next();
    expect(id).toBe(1);
    expect(finished).toMatchObject({ status: "completed", output: [{ parts: [{ content: "Hello" }] }] });
    client.send({ id: 2, op: "get", run_id: finished.run_id });
    expect(await client.next()).toEqual({ id: 2, run: finished });
    client.send(run(3, "tokens", "not JSON"));
    expect((await client.next()).run).toMatchObject({ status: "failed", error: { code: "server_error" } });
  });

  it("starts, tells and cancels", async () => {
    await using client = await connect();
    client.send(run(1, "tokens", endless, "async"));
    const { run: started } = await client.next();
    expect(started.status).toBe("in-progress");
    client.send({ id: 2, op: "cancel", run_id: started.run_id });
    expect(await client.next()).toMatchObject({ id: 2, run: { status: "cancelling" } });
    client.send({ id: 3, op: "get", run_id: started.run_id });
    expect(await client.next()).toMatchObject({ id: 3, run: { status: "cancelled" } });
    client.send({ id: 4, op: "cancel", run_id: started.run_id });
    expect(await client.next()).toEqual(error(4, "server_error"));
  });

  it("streams events and then says that this was all", async () => {
    await using client = await connect();
    client.send(run(5, "tokens", '{"chunks":1}', "stream"));
    const types: unknown[] = [];
    for (;;) {
      const frame = await client.next();
      expect(frame.id).toBe(5);
      if (frame.end === true) break;
      types.push((frame.event as { type: string }).type);
    }
    expect(types).toEqual([
      "run.created",
      "run.in-progress",
      "message.created",
      "message.part",
      "message.completed",
      "run.completed",
    ]);
  });

  it("works on many requests at once", async () => {
    await using client = await connect();
    client.send(run(0, "tokens", endless, "stream"));
    client.send(run(1, "tokens", '{"chunks":2,"intervalMs":20}'));
    for (let id = 2; id < 200; id++) client.send(run(id, "echo", `number ${id}`));
    const left = new Set(Array.from({ length: 199 }, (_, n) => n + 1));
    while (left.size > 0) {
      const { id, run: finished } = await client.next();
      if (id === 0) continue;
      expect(left.delete(id as number)).toBe(true);
      const content = id === 1 ? "token-0token-1" : `number ${id}`;
      expect(finished).toMatchObject({ status: "completed", output: [{ parts: [{ content }] }] });
    }
  });

  it("stops what is taken back, and frees its id", async () => {
    await using client = await connect();
    client.send(run(1, "tokens", endless, "stream"));
    const { event } = await client.next();
    const { run_id } = (event as { run: { run_id: string } }).run;
    client.send({ id: 1, op: "stop" });
    client.send({ id: 9, op: "stop" });
    client.send({ id: 2, op: "get", run_id });
    let frame = await client.next();
    while (frame.id === 1) frame = await client.next();
    expect(frame).toMatchObject({ id: 2, run: { status: "cancelled" } });
    client.send(run(3, "tokens", endless));
    client.send({ id: 3, op: "stop" });
    client.send(run(3, "echo", "again"));
    expect(await client.next()).toMatchObject({ id: 3, run: { agent_name: "echo" } });
  });

  it("cancels what was streamed to a client that went away", async () => {
    const client = await connect();
    client.send(run(1, "tokens", endless, "stream"));
    const { event } = await client.next();
    await client[Symbol.asyncDispose]();
    await using other = await connect();
    const { run_id } = (event as { run: { run_id: string } }).run;
    let status = "in-progress";
    for (let id = 0; status === "in-progress"; id++) {
      other.send({ id, op: "get", run_id });
      ({ status } = (await other.next()).run);
    }
    expect(status).toBe("cancelled");
  });

  it("holds a stream back for a slow reader", async () => {
    await using client = await connect();
    client.socket.pause();
    client.send(run(1, "tokens", '{"chunks":100000}', "stream"));
    await using other = await connect();
    other.send(run(1, "echo", "meanwhile"));
    expect((await other.next()).run.status).toBe("completed");
    client.socket.resume();
    let parts = 0;
    for (let frame = await client.next(); frame.end !== true; frame = await client.next())
      if ((frame.event as { type: string }).type === "message.part") parts++;
    expect(parts).toBe(100_000);
  });

  it.each([
    ["not JSON", "{", error(null, "invalid_input")],
    ["no object", "[]", error(null, "invalid_input")],
    ["no id", { op: "agents" }, error(null, "invalid_input")],
    ["an id that is no whole number", { id: "1", op: "agents" }, error(null, "invalid_input")],
    ["no op", { id: 1 }, error(1, "invalid_input")],
    ["an unknown op", { id: 1, op: "dance" }, error(1, "invalid_input")],
    ["a run without a request", { id: 1, op: "run" }, error(1, "invalid_input")],
    ["an unknown agent", run(1, "nobody", "x"), error(1, "not_found")],
    ["an unknown agent of a stream", run(1, "nobody", "x", "stream"), error(1, "not_found")],
    ["an unknown mode", run(1, "echo", "x", "later"), error(1, "invalid_input")],
    ["an unknown run", { id: 1, op: "get", run_id: nobody }, error(1, "not_found")],
    ["to cancel an unknown run", { id: 1, op: "cancel", run_id: nobody }, error(1, "not_found")],
    ["a run id that is none", { id: 1, op: "get", run_id: 7 }, error(1, "invalid_input")],
    ["a limit that is none", { id: 1, op: "agents", limit: 0 }, error(1, "invalid_input")],
  ])("answers %s with an error, and goes on", async (_name, frame, answer) => {
    await using client = await connect();
    client.send(frame);
    expect(await client.next()).toEqual(answer);
    client.send(run(1, "echo", "x"));
    expect(await client.next()).toMatchObject({ id: 1, run: { status: "completed" } });
  });

  it("refuses an id that is in use, and leaves its request alone", async () => {
    await using client = await connect();
    client.send(run(1, "tokens", '{"chunks":2,"intervalMs":50}'));
    client.send(run(1, "echo", "x"));
    expect(await client.next()).toEqual(error(null, "invalid_input"));
    expect(await client.next()).toMatchObject({ id: 1, run: { agent_name: "tokens", status: "completed" } });
  });

  it.each([
    ["a binary frame", Buffer.from("{}"), 1003],
    ["a frame that is too large", "x".repeat(bodyLimitBytes + 1), 1009],
  ])("ends the connection at %s", async (_name, frame, code) => {
    await using client = await connect();
    client.send(frame);
    expect(await client.closed).toBe(code);
  });

  it("ends the connection at text that is not UTF-8", async () => {
    await using client = await connect();
    client.socket.send(Buffer.from([0xff]), { binary: false });
    expect(await client.closed).toBe(1007);
  });

  it("tells plain HTTP to upgrade", async () => {
    const reply = await fetch(url.replace("ws:", "http:"));
    expect(reply.status).toBe(426);
    expect(reply.headers.get("upgrade")).toBe("websocket");
    expect(await reply.json()).toEqual({ code: "server_error", message: "expected a WebSocket handshake" });
  });

  it("chooses no subprotocol, and answers a bad handshake with 400", async () => {
    const offering = new WebSocket(url, ["mcp"]);
    const [refused] = await once(offering, "error");
    expect(refused.message).toBe("Server sent no subprotocol");
    const { port } = new URL(url);
    const socket = net.connect(Number(port), "127.0.0.1");
    socket.end(`GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    expect(String(Buffer.concat(await socket.toArray()))).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("goes away politely when the server closes", async () => {
    const closing = await serve();
    const clients = await Promise.all([1, 2, 3].map(() => connect(closing.urls["acp/websocket"])));
    clients[0]?.send(run(1, "tokens", endless, "stream"));
    await clients[0]?.next();
    clients[1]?.send(run(1, "tokens", endless));
    await closing[Symbol.asyncDispose]();
    expect(await Promise.all(clients.map((client) => client.closed))).toEqual([1001, 1001, 1001]);
  });
});

/** Lets everything that is ready run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Conversation", () => {
  it("makes no more of a stream than there is room for", async () => {
    const sent: string[] = [];
    const waiting: (() => void)[] = [];
    const conversation = new Conversation(new AcpService(new Agents()), {
      send: (frame) => sent.push(frame),
      room: () => new Promise((resolve) => waiting.push(resolve)),
    });
    conversation.receive(JSON.stringify(run(1, "tokens", '{"chunks":3}', "stream")));
    for (let frames = 1; frames <= 8; frames++) {
      await turn();
      expect(sent).toHaveLength(frames);
      expect(waiting).toHaveLength(1);
      waiting.pop()?.();
    }
    await turn();
    expect(sent.at(-1)).toBe('{"id":1,"end":true}');
  });

  it("refuses what is more than it can keep in mind, and stops all of it with the connection", async () => {
    const agents = new Agents({ delayMs: 3_600_000, workMs: 0 });
    const sent: string[] = [];
    const conversation = new Conversation(new AcpService(agents), {
      send: (frame) => sent.push(frame),
      room: () => undefined,
    });
    for (let id = 0; id < 10_000; id++) conversation.receive(JSON.stringify(run(id, "echo", "x")));
    expect(sent).toEqual([]);
    conversation.receive(JSON.stringify(run(10_000, "echo", "x")));
    conversation.receive(JSON.stringify(run(10_001, "echo", "x", "stream")));
    expect(sent).toMatchObject([
      expect.stringMatching(/^\{"id":10000,"error":\{"code":"server_error"/),
      expect.stringMatching(/^\{"id":10001,"error":\{"code":"server_error"/),
    ]);
    conversation.close();
    await turn();
    expect(sent).toHaveLength(2);
  });
});
