import { a2aService } from "@apb/protocols/a2a";
import { a2aProto, rpcStatusProto } from "@apb/protos/files";
import {
  Client,
  type ClientReadableStream,
  credentials,
  type Metadata,
  Metadata as MetadataOf,
  type MethodDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import protobuf from "protobufjs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { framed, grpcHeaders, openSession, probe } from "../grpc-probe.ts";
import { type Listening, listen } from "../listen.ts";

const definitions = loadSync(a2aProto, { longs: Number, enums: String, oneofs: true })[a2aService] as unknown as Record<
  string,
  MethodDefinition<object, Answer>
>;

/** The fields the tests look at. */
interface Answer {
  readonly payload?: string;
  readonly message?: object;
  readonly task?: Answer;
  readonly id?: string;
  readonly status?: object;
  readonly tasks?: readonly Answer[];
  readonly [field: string]: unknown;
}

let listening: Listening;
let url: string;
let client: Client;

async function serve(agents: Agents): Promise<void> {
  listening = await listen({ bindings: ["a2a/grpc"], port: 0, host: "loopback", agents });
  url = listening.urls["a2a/grpc"] ?? "";
  client = new Client(new URL(url).host, credentials.createInsecure());
}

beforeEach(() => serve(new Agents()));

afterEach(async () => {
  client.close();
  await listening[Symbol.asyncDispose]();
});

function definition(name: string): MethodDefinition<object, Answer> {
  const found = definitions[name];
  if (found === undefined) throw new Error(`a2a.proto has no ${name}`);
  return found;
}

function version(value = "1.0"): Metadata {
  const metadata = new MetadataOf();
  metadata.set("a2a-version", value);
  return metadata;
}

function call(name: string, request: object, metadata = version(), options: object = {}): Promise<Answer> {
  const { path, requestSerialize, responseDeserialize } = definition(name);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, options, (error, reply) =>
      error === null ? resolve(reply ?? {}) : reject(error),
    );
  });
}

function stream(name: string, request: object, metadata = version()): ClientReadableStream<Answer> {
  const { path, requestSerialize, responseDeserialize } = definition(name);
  return client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata);
}

async function all(answers: AsyncIterable<Answer>): Promise<Answer[]> {
  const got: Answer[] = [];
  for await (const answer of answers) got.push(answer);
  return got;
}

function message(text: string): object {
  return { messageId: "m1", role: "ROLE_USER", parts: [{ text }] };
}

/** The error of a call, with the reasons in its details. */
async function errorOf(calling: Promise<unknown>): Promise<{ code: number; details: string; reasons: unknown }> {
  const error = await calling.then(
    () => {
      throw new Error("expected an error");
    },
    (thrown: ServiceError) => thrown,
  );
  const root = new protobuf.Root().loadSync(rpcStatusProto);
  const [bytes] = error.metadata.get("grpc-status-details-bin") as Buffer[];
  if (bytes === undefined) return { code: error.code, details: error.details, reasons: null };
  const Status = root.lookupType("google.rpc.Status");
  const ErrorInfo = root.lookupType("google.rpc.ErrorInfo");
  const status = Status.toObject(Status.decode(bytes)) as {
    code: number;
    message: string;
    details?: { type_url: string; value: Buffer }[];
  };
  expect([status.code, status.message]).toEqual([error.code, error.details]);
  const reasons = (status.details ?? []).map(({ type_url, value }) => {
    expect(type_url).toBe("type.googleapis.com/google.rpc.ErrorInfo");
    return ErrorInfo.toObject(ErrorInfo.decode(value));
  });
  return { code: error.code, details: error.details, reasons };
}

const own = (reason: string): object[] => [{ reason, domain: "a2a-protocol.org" }];

describe("requests", () => {
  it("go to the agent their tenant names, or to echo", async () => {
    const reply = await call("SendMessage", { message: message("test") });
    expect(reply).toMatchObject({ payload: "message", message: { role: "ROLE_AGENT", parts: [{ text: "test" }] } });
    const found = await call("SendMessage", { tenant: "researcher", message: message("why") });
    expect(found.message).toMatchObject({ parts: [{ text: "finding(why)" }] });
  });

  it("keep every character, a megabyte of them, and none", async () => {
    for (const text of ["한국어 🤖🧵 e\u0301 \u0000\u2028\r\n", "0123456789abcdef".repeat(65_536), ""]) {
      const reply = await call("SendMessage", { message: message(text) });
      expect(reply.message).toMatchObject({ parts: [{ content: "text", text }] });
    }
  });

  it("need version 1.0 in their metadata", async () => {
    for (const accepted of ["1.0", "1.0.1"])
      expect(await call("SendMessage", { message: message("x") }, version(accepted))).toHaveProperty("message");
    for (const [metadata, asked] of [
      [new MetadataOf(), "none, which means 0.3"],
      [version("0.3"), '"0.3"'],
      [version("2.0"), '"2.0"'],
    ] as const) {
      const refused = { code: 9, details: expect.stringContaining(asked), reasons: own("VERSION_NOT_SUPPORTED") };
      expect(await errorOf(call("SendMessage", { message: message("x") }, metadata))).toEqual(refused);
      expect(await errorOf(all(stream("SubscribeToTask", { id: "x" }, metadata)))).toEqual(refused);
    }
  });

  it("that are no protobuf are INTERNAL", async () => {
    const session = await openSession(url);
    const headers = grpcHeaders(`/${a2aService}/SendMessage`, { "a2a-version": "1.0" });
    for (const bytes of ["ff", "0a05", "1205ffffffffff", "0a01ff"]) {
      const reply = await probe(session, headers, [framed(Buffer.from(bytes, "hex"))]);
      expect([reply.grpcStatus, reply.headers["grpc-message"]]).toEqual([
        13,
        "expected a lf.a2a.v1.SendMessageRequest, got bytes that are not one",
      ]);
    }
    session.destroy();
  });
});

describe("tasks", () => {
  const slow = '{"chunks":1000,"intervalMs":60000}';
  const start = async (): Promise<Answer> => {
    const configuration = { returnImmediately: true };
    return (await call("SendMessage", { tenant: "tokens", message: message(slow), configuration })).task ?? {};
  };

  it("have times as protobuf has them, both ways", async () => {
    const before = Date.now();
    const { id, contextId, status } = await start();
    const { seconds, nanos } = (status as { timestamp: { seconds: number; nanos: number } }).timestamp;
    const ms = seconds * 1000 + nanos / 1e6;
    expect(ms).toBeGreaterThanOrEqual(before);
    expect(ms).toBeLessThanOrEqual(Date.now());
    const list = (after: object): Promise<Answer> =>
      call("ListTasks", { tenant: "tokens", contextId, statusTimestampAfter: after, status: "TASK_STATE_WORKING" });
    expect((await list({ seconds, nanos })).tasks).toMatchObject([{ id }]);
    expect((await list({ seconds: seconds + 60, nanos })).tasks).toBeUndefined();
    const never = { code: 13, details: expect.stringContaining("ListTasksRequest"), reasons: null };
    expect(await errorOf(list({ seconds: 1e15 }))).toEqual(never);
  });

  it("show as much history as is asked for, and none for zero", async () => {
    const { id } = await start();
    const get = (more: object): Promise<Answer> => call("GetTask", { tenant: "tokens", id, ...more });
    expect((await get({})).history).toMatchObject([{ messageId: "m1", role: "ROLE_USER" }]);
    expect((await get({ historyLength: 0 })).history).toBeUndefined();
    expect(await errorOf(get({ historyLength: -1 }))).toMatchObject({ code: 3, reasons: [] });
  });

  it("stream as a task, its chunks and its end", async () => {
    const request = { tenant: "tokens", message: message('{"chunks":2}') };
    const got = await all(stream("SendStreamingMessage", request));
    expect(got.map((answer) => answer.payload)).toEqual(["task", "artifactUpdate", "artifactUpdate", "statusUpdate"]);
    expect(got[1]).toMatchObject({ artifactUpdate: { artifact: { parts: [{ text: "token-0" }] } } });
    expect(got[3]).toMatchObject({ statusUpdate: { status: { state: "TASK_STATE_COMPLETED" } } });
  });

  it("are known to their own agent only", async () => {
    const { id } = await start();
    const missing = { code: 5, reasons: own("TASK_NOT_FOUND") };
    for (const name of ["GetTask", "CancelTask"]) {
      expect(await errorOf(call(name, { tenant: "echo", id }))).toMatchObject(missing);
      expect(await errorOf(call(name, { tenant: "tokens", id: "no" }))).toMatchObject(missing);
    }
    expect(await call("CancelTask", { tenant: "tokens", id })).toMatchObject({
      status: { state: "TASK_STATE_CANCELED" },
    });
    const ended = await errorOf(call("CancelTask", { tenant: "tokens", id }));
    expect(ended).toMatchObject({ code: 9, reasons: own("TASK_NOT_CANCELABLE") });
  });
});

describe("errors", () => {
  it("of the transport have no reason of A2A's", async () => {
    const details = 'there is no agent "nobody"';
    for (const name of ["SendMessage", "GetExtendedAgentCard", "ListTasks"])
      expect(await errorOf(call(name, { tenant: "nobody" }))).toEqual({ code: 5, details, reasons: [] });
    expect(await errorOf(call("SendMessage", {}))).toMatchObject({ code: 3, reasons: [] });
    expect(await errorOf(call("ListTasks", { pageSize: 0 }))).toMatchObject({ code: 3, reasons: [] });
  });

  it("tell what this server does not do", async () => {
    for (const name of Object.keys(definitions).filter((each) => each.includes("Push")))
      expect(await errorOf(call(name, {}))).toMatchObject({ code: 9, reasons: own("PUSH_NOTIFICATION_NOT_SUPPORTED") });
    const raw = { messageId: "m1", role: "ROLE_USER", parts: [{ raw: Buffer.from("x") }] };
    const refused = await errorOf(call("SendMessage", { message: raw }));
    expect(refused).toMatchObject({ code: 3, reasons: own("CONTENT_TYPE_NOT_SUPPORTED") });
  });
});

it("has a card for the server and for each agent", async () => {
  const whole = await call("GetExtendedAgentCard", {});
  expect(whole).toMatchObject({ name: "echo", capabilities: { streaming: true, extendedAgentCard: true } });
  expect(whole.skills).toHaveLength(new Agents().list.length);
  const one = await call("GetExtendedAgentCard", { tenant: "writer" });
  const there = { url: new URL(url).host, protocolBinding: "GRPC", protocolVersion: "1.0", tenant: "writer" };
  expect(one).toMatchObject({ name: "writer", supportedInterfaces: [there], skills: [{ id: "writer" }] });
});

it("waits for slow agents, up to the deadline", async () => {
  client.close();
  await listening[Symbol.asyncDispose]();
  await serve(new Agents({ delayMs: 20, workMs: 0 }));
  expect(await call("SendMessage", { message: message("late") })).toHaveProperty("message");
  const soon = call("SendMessage", { message: message("x") }, version(), { deadline: Date.now() + 5 });
  expect(await errorOf(soon)).toMatchObject({ code: 4 });
});
