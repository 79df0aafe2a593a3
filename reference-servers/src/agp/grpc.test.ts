import { once } from "node:events";
import { type AgpAgents, type AgpMessage, type AgpReply, agpService } from "@apb/protocols/agp";
import { agpProto } from "@apb/protos/files";
import {
  type ClientReadableStream,
  type ClientUnaryCall,
  credentials,
  loadPackageDefinition,
  type requestCallback,
  type ServiceClientConstructor,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { type Listening, listen } from "../listen.ts";

type Request = Partial<AgpMessage>;
type Unary<Reply> = (request: Request, options: object, done: requestCallback<Reply>) => ClientUnaryCall;

/** What grpc-js makes of the Gateway's .proto file. */
interface GatewayClient {
  SendMessage: Unary<AgpReply>;
  ListAgents: Unary<AgpAgents>;
  StreamMessage(request: Request, options?: object): ClientReadableStream<AgpReply>;
  close(): void;
}

let listening: Listening;
let client: GatewayClient;

async function serve(agents: Agents): Promise<void> {
  listening = await listen({ bindings: ["agp/grpc"], port: 0, host: "loopback", agents });
  const { agp } = loadPackageDefinition(loadSync(agpProto)) as { agp: { Gateway: ServiceClientConstructor } };
  const address = new URL(listening.urls["agp/grpc"] ?? "").host;
  client = new agp.Gateway(address, credentials.createInsecure()) as unknown as GatewayClient;
}

beforeEach(() => serve(new Agents()));

afterEach(async () => {
  client.close();
  await listening[Symbol.asyncDispose]();
});

function send(request: Request, options: object = {}): Promise<string> {
  return new Promise((resolve, reject) =>
    client.SendMessage(request, options, (error, reply) => (error ? reject(error) : resolve(reply?.message ?? ""))),
  );
}

async function texts(stream: ClientReadableStream<AgpReply>): Promise<string[]> {
  const got: string[] = [];
  for await (const { message } of stream as AsyncIterable<AgpReply>) got.push(message);
  return got;
}

it("is the service that clients of the course call", () => {
  expect(agpService).toBe("agp.Gateway");
  expect(Object.keys(loadSync(agpProto)[agpService] ?? {})).toEqual(["SendMessage", "StreamMessage", "ListAgents"]);
});

it("gives a message to echo, and to the agent it names", async () => {
  expect(await send({ message: "test" })).toBe("test");
  expect(await send({ message: "test", agent: "echo" })).toBe("test");
  expect(await send({ message: "why", agent: "researcher" })).toBe("finding(why)");
  expect(await send({})).toBe("");
});

it("keeps every character, and a megabyte of them", async () => {
  const text = "한국어 · ελληνικά · 🤖🧵 · e\u0301 \u0000\u2028\r\n";
  expect(await send({ message: text })).toBe(text);
  const large = "0123456789abcdef".repeat(65_536);
  expect(await send({ message: large })).toBe(large);
});

it("lists the agents", async () => {
  const reply = await new Promise<AgpAgents | undefined>((resolve, reject) =>
    client.ListAgents({}, {}, (error, got) => (error ? reject(error) : resolve(got))),
  );
  expect(reply?.agents.map((agent) => agent.name)).toEqual(new Agents().list.map((agent) => agent.name));
  expect(reply?.agents[0]).toEqual({ name: "echo", description: "Returns the message unchanged." });
});

it("streams what the agent says", async () => {
  const request = { agent: "tokens", message: '{"chunks":3}' };
  expect(await texts(client.StreamMessage(request))).toEqual(["token-0", "token-1", "token-2"]);
  expect(await texts(client.StreamMessage({ message: "one" }))).toEqual(["one"]);
  expect(await texts(client.StreamMessage({ agent: "tokens", message: '{"chunks":0}' }))).toEqual([]);
});

it("tells an unknown agent and a failed one", async () => {
  const unknown = { code: 5, details: 'there is no agent "nobody"' };
  await expect(send({ agent: "nobody" })).rejects.toMatchObject(unknown);
  await expect(texts(client.StreamMessage({ agent: "nobody" }))).rejects.toMatchObject(unknown);
  const failed = { code: 10, details: expect.stringContaining("not JSON") };
  await expect(send({ agent: "tokens", message: "x" })).rejects.toMatchObject(failed);
  await expect(texts(client.StreamMessage({ agent: "tokens", message: "x" }))).rejects.toMatchObject(failed);
});

it("stops an agent at the deadline and when the client cancels", async () => {
  const slow = { agent: "tokens", message: '{"chunks":1000,"intervalMs":60000}' };
  const deadline = { deadline: Date.now() + 50 };
  await expect(send(slow, deadline)).rejects.toMatchObject({ code: 4 });
  const stream = client.StreamMessage(slow);
  const [first] = await once(stream, "data");
  expect(first).toEqual({ message: "token-0" });
  stream.cancel();
  await expect(once(stream, "end")).rejects.toMatchObject({ code: 1 });
  expect(await send({ message: "after" })).toBe("after");
});

it("waits for an agent that takes its time", async () => {
  client.close();
  await listening[Symbol.asyncDispose]();
  await serve(new Agents({ delayMs: 5, workMs: 0 }));
  expect(await send({ message: "late" })).toBe("late");
  await expect(send({ agent: "tokens", message: "x" })).rejects.toMatchObject({ code: 10 });
});

it("ends streams when the server closes", async () => {
  const slow = { agent: "tokens", message: '{"chunks":1000,"intervalMs":60000}' };
  const stream = client.StreamMessage(slow);
  await once(stream, "data");
  const ended = expect(once(stream, "end")).rejects.toMatchObject({ code: 14, details: "the server is closing" });
  await listening[Symbol.asyncDispose]();
  await ended;
});
