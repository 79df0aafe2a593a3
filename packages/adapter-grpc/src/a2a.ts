import { randomUUID } from "node:crypto";
import { agentAt } from "@apb/adapter-rest/a2a-agent";
import { type Binding, operationKinds, type Reply, type Streaming, type Unary } from "@apb/core/binding";
import type { Body } from "@apb/core/body";
import { Failure } from "@apb/core/failure";
import { binding } from "@apb/core/offer";
import { succeeded } from "@apb/core/problem";
import { a2aErrors, a2aService, a2aVersion, type SendMessageRequest, versionHeader } from "@apb/protocols/a2a";
import { isCardUrl } from "@apb/protocols/a2a-card";
import {
  parseTaskHandle,
  readAgentCard,
  readSent,
  readStarted,
  readStreamed,
  readTask,
  sendMessageRequest,
} from "@apb/protocols/a2a-client";
import { plainData, toProtoValue } from "@apb/protocols/a2a-value";
import { a2aProto } from "@apb/protos/files";
import { connectGrpc, type GrpcConnection } from "@apb/wire/grpc";
import { GrpcStatus } from "@apb/wire/grpc-status";
import { loadedOnce } from "@apb/wire/loaded-once";
import type { Method } from "@apb/wire/protobuf";

/** A2A as gRPC (§10): one URL for all agents, `http://host:port`; the request's `tenant` names the agent. */
export const a2aGrpc: Binding = binding({
  protocol: "a2a",
  transport: "grpc",
  variant: null,
  spec: {
    name: "A2A",
    version: a2aVersion,
    url: "https://a2a-protocol.org/v1.0.0/specification",
    standing: "normative",
  },
  can: operationKinds,
  cannot: {},
  async connect(given, options) {
    const { client, signal, maxReplyBytes, headers } = options;
    const methods = await loadMethods();
    const { url, tenant } = await agentAt(given, "GRPC", options);
    const connection = await connectGrpc(new URL(url), client, signal, maxReplyBytes, headers);
    const peer: Peer = { connection, methods, tenantOf: isCardUrl(given) ? () => tenant ?? "" : itself };
    return {
      wire: connection.wire,
      call(operation, callSignal) {
        return call(peer, operation, callSignal);
      },
      stream(operation, callSignal) {
        return stream(peer, operation, callSignal);
      },
      [Symbol.asyncDispose]() {
        return connection[Symbol.asyncDispose]();
      },
    };
  },
});

type Tenant = { readonly tenant: string };
type SendRequest = SendMessageRequest & Tenant;
type TaskRequest = Tenant & { readonly id: string };

interface Methods {
  readonly send: Method<SendRequest, object>;
  readonly stream: Method<SendRequest, object>;
  readonly poll: Method<TaskRequest, object>;
  readonly cancel: Method<TaskRequest, object>;
  readonly card: Method<Tenant, object>;
}

interface Peer {
  readonly connection: GrpcConnection;
  readonly methods: Methods;
  /** What tells an agent from others of its server. */
  tenantOf(agent: string): string;
}

/** Our own servers have a tenant for each agent. */
const itself = (agent: string): string => agent;

const metadata = { [versionHeader]: a2aVersion };

/** Loaded with the first connection: a process that only knows of this binding pays nothing for it. */
const loadMethods = loadedOnce(async (): Promise<Methods> => {
  const { method } = await import("@apb/wire/protobuf");
  return {
    send: withData(method(a2aProto, a2aService, "SendMessage")),
    stream: withData(method(a2aProto, a2aService, "SendStreamingMessage")),
    poll: withData(method(a2aProto, a2aService, "GetTask")),
    cancel: withData(method(a2aProto, a2aService, "CancelTask")),
    card: method(a2aProto, a2aService, "GetExtendedAgentCard"),
  };
});

/** The method with the data of what it answers as JSON. */
function withData<Request>(method: Method<Request, object>): Method<Request, object> {
  return { ...method, decode: (bytes) => plainData(method.decode(bytes)) };
}

function call({ connection, methods, tenantOf }: Peer, operation: Unary, signal: AbortSignal): Promise<Reply> {
  switch (operation.kind) {
    case "discover":
      return ask(connection, methods.card, { tenant: "" }, signal).then(agentsIn, rejectAgent);
    case "send":
      return ask(connection, methods.send, message(tenantOf(operation.agent), operation.body, false), signal).then(
        messageIn,
        rejectAgent,
      );
    case "start": {
      const { agent } = operation;
      const started = (answer: object): Reply => succeeded(readStarted(answer, agent));
      return ask(connection, methods.send, message(tenantOf(agent), operation.body, true), signal).then(
        started,
        rejectAgent,
      );
    }
    case "poll":
    case "cancel": {
      const { agent, id } = parseTaskHandle(operation.handle) ?? { agent: "", id: operation.handle };
      const taskIn = (answer: object): Reply => succeeded(readTask(answer, agent));
      return ask(connection, methods[operation.kind], { tenant: tenantOf(agent), id }, signal).then(taskIn, rejectTask);
    }
  }
}

function agentsIn(card: object): Reply {
  const agents = readAgentCard(card);
  if (agents === undefined) throw new Failure("protocol", "expected an AgentCard with a name");
  return { kind: "agents", agents };
}

function messageIn(answer: object): Reply {
  return succeeded(readSent(answer));
}

async function* stream(
  { connection, methods, tenantOf }: Peer,
  { agent, body }: Streaming,
  signal: AbortSignal,
): AsyncIterable<Reply> {
  const { path, encode, decode } = methods.stream;
  const replies = connection.serverStream(path, encode(message(tenantOf(agent), body, false)), metadata, signal);
  let ended = false;
  let silent = 0;
  try {
    for await (const reply of replies) {
      const item = succeeded(readStreamed(decode(reply)));
      if (item.body === null) silent++;
      else yield { kind: "message", body: item.body, atMs: replies.arrivedMs };
      ended ||= item.ended;
    }
  } catch (error) {
    throw meant(error, "unknown-agent");
  }
  if (!ended) throw new Failure("protocol", "expected a terminal statusUpdate, got the end of the stream");
  return { atMs: replies.arrivedMs, silent };
}

function ask<Request>(
  connection: GrpcConnection,
  { path, encode, decode }: Method<Request, object>,
  request: Request,
  signal: AbortSignal,
): Promise<object> {
  return connection.ask(path, encode(request), metadata, signal, decode);
}

function rejectAgent(error: unknown): never {
  throw meant(error, "unknown-agent");
}

function rejectTask(error: unknown): never {
  throw meant(error, "unknown-task");
}

/** NOT_FOUND is about what the request names: a task, or else the tenant. Every other error stays as it is. */
function meant(error: unknown, missing: "unknown-agent" | "unknown-task"): unknown {
  const notFound = error instanceof GrpcStatus && error.code === a2aErrors.taskNotFound.grpc;
  return notFound ? new Failure(missing, error.details, { cause: error }) : error;
}

function message(tenant: string, body: Body, returnImmediately: boolean): SendRequest {
  const said = typeof body === "string" ? body : { json: body.json, value: toProtoValue(body.value) };
  return { ...sendMessageRequest(randomUUID(), said, returnImmediately), tenant };
}
