import type { DuplexMethod } from "./grpc-call.ts";
import { type GrpcDoor, servicesOf } from "./grpc-listener.ts";

/** Both versions have the same messages: older tools ask in v1alpha, newer ones first in v1. */
const services = ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];

/**
 * gRPC's server reflection (https://github.com/grpc/grpc/blob/master/doc/server-reflection.md) of some doors and of itself.
 * Descriptors are made when they are first asked for: a server under measurement has nothing of them.
 */
export function reflectionDoor(doors: readonly GrpcDoor[]): GrpcDoor {
  let loading: Promise<DuplexMethod> | undefined;
  const load = async (): Promise<DuplexMethod> => {
    const { reflectionMethod } = await import("./grpc-reflection-answers.ts");
    const protoFiles = doors.flatMap(({ protoFile }) => protoFile ?? []);
    return reflectionMethod([...servicesOf(doors), ...services], protoFiles);
  };
  const method: DuplexMethod = {
    kind: "duplex",
    async *answer(messages, call) {
      loading ??= load();
      yield* (await loading).answer(messages, call);
    },
  };
  return { methods: new Map(services.map((service) => [`/${service}/ServerReflectionInfo`, method])) };
}
