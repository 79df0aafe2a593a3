import type { Binding, Reply, Streaming, UnaryOf } from "@apb/core/binding";
import { bodyText } from "@apb/core/body";
import { Failure } from "@apb/core/failure";
import { binding } from "@apb/core/offer";
import { type AgpAgents, type AgpMessage, type AgpReply, agpService, agpStatus } from "@apb/protocols/agp";
import { agpProto } from "@apb/protos/files";
import { connectGrpc, type GrpcConnection } from "@apb/wire/grpc";
import { GrpcStatus } from "@apb/wire/grpc-status";
import { loadedOnce } from "@apb/wire/loaded-once";
import type { Method } from "@apb/wire/protobuf";

/** The course's Gateway, protos/agp.proto: one URL for all agents, `http://host:port`. */
export const agpGrpc: Binding = binding({
  protocol: "agp",
  transport: "grpc",
  variant: null,
  spec: { name: "AGP (course Gateway)", version: "1", url: "https://github.com/agntcy/agp", standing: "custom" },
  can: ["discover", "send", "stream"],
  cannot: {
    start: "The Gateway has no tasks: an agent answers within the call.",
    poll: "The Gateway has no tasks to ask about.",
    cancel: "The Gateway has no tasks to cancel; a client cancels its own call.",
  },
  async connect(url, { client, signal, maxReplyBytes, headers }) {
    const gateway = await loadGateway();
    const connection = await connectGrpc(new URL(url), client, signal, maxReplyBytes, headers);
    const peer: Peer = { connection, gateway };
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
const loadGateway = loadedOnce(async (): Promise<Gateway> => {
  const { method } = await import("@apb/wire/protobuf");
  return {
    send: method(agpProto, agpService, "SendMessage"),
    stream: method(agpProto, agpService, "StreamMessage"),
    list: method(agpProto, agpService, "ListAgents"),
  };
});

function call(
  { connection, gateway }: Peer,
  operation: UnaryOf<"discover" | "send">,
  signal: AbortSignal,
): Promise<Reply> {
  switch (operation.kind) {
    case "discover":
      return ask(connection, gateway.list, {}, signal).then(agentsIn, rejectMeant);
    case "send":
      return ask(connection, gateway.send, { agent: operation.agent, message: bodyText(operation.body) }, signal).then(
        messageIn,
        rejectMeant,
      );
  }
}

function agentsIn({ agents }: AgpAgents): Reply {
  return { kind: "agents", agents: agents.map((agent) => agent.name) };
}

function messageIn({ message }: AgpReply): Reply {
  return { kind: "message", body: message };
}

async function* stream({ connection, gateway }: Peer, operation: Streaming, signal: AbortSignal): AsyncIterable<Reply> {
  const { path, encode, decode } = gateway.stream;
  const request = encode({ agent: operation.agent, message: bodyText(operation.body) });
  const replies = connection.serverStream(path, request, noMetadata, signal);
  try {
    for await (const reply of replies) yield { kind: "message", body: decode(reply).message, atMs: replies.arrivedMs };
    return { atMs: replies.arrivedMs, silent: 0 };
  } catch (error) {
    throw meant(error);
  }
}

function ask<Request, Answer>(
  connection: GrpcConnection,
  { path, encode, decode }: Method<Request, Answer>,
  request: Request,
  signal: AbortSignal,
): Promise<Answer> {
  return connection.ask(path, encode(request), noMetadata, signal, decode);
}

function rejectMeant(error: unknown): never {
  throw meant(error);
}

/** A status as the Gateway means it; every other error as it is. */
function meant(error: unknown): unknown {
  if (!(error instanceof GrpcStatus)) return error;
  if (error.code === agpStatus.unknownAgent) return new Failure("unknown-agent", error.details, { cause: error });
  if (error.code === agpStatus.agentFailed) return new Failure("agent", error.details, { cause: error });
  return error;
}
