import type { Binding, Reply, Session, Streaming, Unary } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { type AgpAgents, type AgpMessage, type AgpReply, agpService, agpStatus } from "@apb/protocols/agp";
import { agpProto } from "@apb/protos/files";
import { connectGrpc, type GrpcConnection } from "@apb/wire/grpc";
import { GrpcStatus } from "@apb/wire/grpc-status";
import type { Method } from "@apb/wire/protobuf";

/** The course's Gateway, protos/agp.proto: one URL for all agents, `http://host:port`. */
export const agpGrpc: Binding = {
  id: "agp/grpc",
  spec: { name: "AGP (course Gateway)", version: "1", url: "https://github.com/agntcy/agp", standing: "custom" },
  can: new Set(["discover", "send", "stream"]),
  cannot: {
    start: "The Gateway has no tasks: an agent answers within the call.",
    poll: "The Gateway has no tasks to ask about.",
    cancel: "The Gateway has no tasks to cancel; a client cancels its own call.",
  },
  async connect(url, { client, signal }): Promise<Session> {
    const gateway = await loadGateway();
    const connection = await connectGrpc(new URL(url), client, signal);
    const peer: Peer = { connection, gateway };
    return {
      wire: connection.wire,
      call: (operation, callSignal) => call(peer, operation, callSignal),
      stream: (operation, callSignal) => stream(peer, operation, callSignal),
      [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
    };
  },
};

interface Gateway {
  readonly send: Method<AgpMessage, AgpReply>;
  readonly stream: Method<AgpMessage, AgpReply>;
  readonly list: Method<object, AgpAgents>;
}

interface Peer {
  readonly connection: GrpcConnection;
  readonly gateway: Gateway;
}

const noMetadata = {};

/** Loaded with the first connection: a process that only knows of this binding pays nothing for it. */
async function loadGateway(): Promise<Gateway> {
  const { method } = await import("@apb/wire/protobuf");
  return {
    send: method(agpProto, agpService, "SendMessage"),
    stream: method(agpProto, agpService, "StreamMessage"),
    list: method(agpProto, agpService, "ListAgents"),
  };
}

async function call({ connection, gateway }: Peer, operation: Unary, signal: AbortSignal): Promise<Reply> {
  switch (operation.kind) {
    case "discover": {
      const { agents } = await ask(connection, gateway.list, {}, signal);
      return { kind: "agents", agents: agents.map((agent) => agent.name) };
    }
    case "send": {
      const { agent, body } = operation;
      const { message } = await ask(connection, gateway.send, { agent, message: body }, signal);
      return { kind: "message", body: message };
    }
    case "start":
    case "poll":
    case "cancel":
      throw new Failure("unsupported", "the Gateway has no tasks");
  }
}

async function* stream({ connection, gateway }: Peer, operation: Streaming, signal: AbortSignal): AsyncIterable<Reply> {
  const { path, encode, decode } = gateway.stream;
  const request = encode({ agent: operation.agent, message: operation.body });
  try {
    for await (const reply of connection.serverStream(path, request, noMetadata, signal))
      yield { kind: "message", body: decode(reply).message };
  } catch (error) {
    throw meant(error);
  }
}

async function ask<Request, Answer>(
  connection: GrpcConnection,
  { path, encode, decode }: Method<Request, Answer>,
  request: Request,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    return decode(await connection.unary(path, encode(request), noMetadata, signal));
  } catch (error) {
    throw meant(error);
  }
}

/** A status as the Gateway means it; every other error as it is. */
function meant(error: unknown): unknown {
  if (!(error instanceof GrpcStatus)) return error;
  if (error.code === agpStatus.unknownAgent) return new Failure("unknown-agent", error.details, { cause: error });
  if (error.code === agpStatus.agentFailed) return new Failure("agent", error.details, { cause: error });
  return error;
}
