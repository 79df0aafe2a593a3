import { grpcCode } from "./grpc.ts";

/** AGP as the course has it: the Gateway API of protos/agp.proto. The draft (https://github.com/agntcy/agp) defines no messages. */

/** Package and service. */
export const agpService = "agp.Gateway";

/** The agent meant by a request that names none. */
export const agpDefaultAgent = "echo";

/** Statuses with a meaning of their own; every other one is the transport's. */
export const agpStatus = {
  /** The gateway has no such agent. */
  unknownAgent: grpcCode.notFound,
  /** The agent ran and reported failure. */
  agentFailed: grpcCode.aborted,
} as const;

/** Request of SendMessage and StreamMessage. */
export interface AgpMessage {
  readonly message: string;
  /** Empty means {@link agpDefaultAgent}. */
  readonly agent: string;
}

/** Reply of SendMessage; one piece of it from StreamMessage. */
export interface AgpReply {
  readonly message: string;
}

/** Reply of ListAgents, whose request is empty. */
export interface AgpAgents {
  readonly agents: readonly { readonly name: string; readonly description: string }[];
}
