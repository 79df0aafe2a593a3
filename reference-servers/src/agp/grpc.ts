import {
  type AgpAgents,
  type AgpMessage,
  type AgpReply,
  agpDefaultAgent,
  agpService,
  agpStatus,
} from "@apb/protocols/agp";
import { grpcCode } from "@apb/protocols/grpc";
import { agpProto } from "@apb/protos/files";
import { AgentFailed, TooBusy, UnknownAgent } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import type { GrpcCall } from "../grpc-call.ts";
import type { GrpcDoor } from "../grpc-listener.ts";
import { plainObjects, protobufService } from "../grpc-protobuf.ts";
import { GrpcError } from "../grpc-status.ts";

/** The course's Gateway (protos/agp.proto) in front of the agents. */
export function agpGrpc(agents: Agents): GrpcDoor {
  const gateway = protobufService(agpProto, agpService, plainObjects);

  function send({ message, agent }: AgpMessage, call: GrpcCall): AgpReply | Promise<AgpReply> {
    try {
      const answer = agents.run(agent || agpDefaultAgent, message, () => call.signal);
      return typeof answer === "string" ? { message: answer } : answer.then(reply, refuse);
    } catch (error) {
      return refuse(error);
    }
  }

  async function* stream({ message, agent }: AgpMessage, call: GrpcCall): AsyncIterable<AgpReply> {
    try {
      for await (const chunk of agents.stream(agent || agpDefaultAgent, message, call.signal)) yield reply(chunk);
    } catch (error) {
      refuse(error);
    }
  }

  return {
    protoFile: agpProto,
    methods: new Map([
      gateway.unary("SendMessage", send),
      gateway.stream("StreamMessage", stream),
      gateway.unary("ListAgents", (): AgpAgents => ({ agents: agents.list })),
    ]),
  };
}

function reply(message: string): AgpReply {
  return { message };
}

function refuse(error: unknown): never {
  if (error instanceof UnknownAgent) throw new GrpcError(agpStatus.unknownAgent, error.message);
  if (error instanceof AgentFailed) throw new GrpcError(agpStatus.agentFailed, error.message);
  if (error instanceof TooBusy) throw new GrpcError(grpcCode.unavailable, error.message);
  throw error;
}
