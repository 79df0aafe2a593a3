import type { Agents } from "../agents/agents.ts";
import type { GrpcDoor } from "../grpc-listener.ts";

export function a2aGrpc(_agents: Agents): GrpcDoor {
  throw new Error("not there yet");
}
