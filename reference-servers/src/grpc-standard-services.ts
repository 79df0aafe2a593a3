import { healthDoor } from "./grpc-health.ts";
import type { GrpcDoor } from "./grpc-listener.ts";
import { reflectionDoor } from "./grpc-reflection.ts";

/** Doors with gRPC's own services beside theirs: their health, and reflection of them all. */
export function withStandardServices(bindings: readonly GrpcDoor[]): readonly GrpcDoor[] {
  const doors = [...bindings, healthDoor(bindings)];
  return [...doors, reflectionDoor(doors)];
}
