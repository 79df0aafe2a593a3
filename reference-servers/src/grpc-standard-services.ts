import { once } from "node:events";
import { grpcCode } from "@apb/protocols/grpc";
import { healthProto } from "@apb/protos/files";
import type { DuplexMethod } from "./grpc-call.ts";
import { type GrpcDoor, servicesOf } from "./grpc-listener.ts";
import { plainObjects, protobufService } from "./grpc-protobuf.ts";
import { GrpcError } from "./grpc-status.ts";

/** Doors with gRPC's own services beside theirs: their health, and reflection of them all. */
export function withStandardServices(bindings: readonly GrpcDoor[]): readonly GrpcDoor[] {
  const doors = [...bindings, healthDoor(bindings)];
  return [...doors, reflectionDoor(doors)];
}

interface HealthCheckRequest {
  readonly service: string;
}

interface HealthCheckResponse {
  readonly status: number;
}

/** HealthCheckResponse.ServingStatus. */
const servingStatus = { serving: 1, serviceUnknown: 3 } as const;

/**
 * gRPC's health service (https://github.com/grpc/grpc/blob/master/doc/health-checking.md) for the services of some doors.
 * They serve as long as the server is there; a Watch ends with it, as every stream does.
 */
function healthDoor(doors: readonly GrpcDoor[]): GrpcDoor {
  const health = protobufService(healthProto, "grpc.health.v1.Health", plainObjects);
  // The empty name is the server as a whole.
  const known = new Set(["", ...servicesOf(doors)]);
  const serving: HealthCheckResponse = { status: servingStatus.serving };

  function check({ service }: HealthCheckRequest): HealthCheckResponse {
    if (known.has(service)) return serving;
    throw new GrpcError(grpcCode.notFound, `there is no service ${JSON.stringify(service.slice(0, 100))}`);
  }

  return {
    protoFile: healthProto,
    methods: new Map([
      health.unary("Check", check),
      health.unary("List", () => ({ statuses: Object.fromEntries([...known].map((name) => [name, serving])) })),
      health.stream("Watch", async function* ({ service }: HealthCheckRequest, { signal }) {
        yield known.has(service) ? serving : { status: servingStatus.serviceUnknown };
        if (!signal.aborted) await once(signal, "abort");
      }),
    ]),
  };
}

/** Both versions have the same messages: older tools ask in v1alpha, newer ones first in v1. */
const reflectionServices = ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];

/**
 * gRPC's server reflection (https://github.com/grpc/grpc/blob/master/doc/server-reflection.md) of some doors and of itself.
 * Descriptors are made when they are first asked for: a server under measurement has nothing of them.
 */
function reflectionDoor(doors: readonly GrpcDoor[]): GrpcDoor {
  let loading: Promise<DuplexMethod> | undefined;
  const load = async (): Promise<DuplexMethod> => {
    const { reflectionMethod } = await import("./grpc-reflection.ts");
    const protoFiles = doors.flatMap(({ protoFile }) => protoFile ?? []);
    return reflectionMethod([...servicesOf(doors), ...reflectionServices], protoFiles);
  };
  const method: DuplexMethod = {
    kind: "duplex",
    async *answer(messages, call) {
      loading ??= load();
      yield* (await loading).answer(messages, call);
    },
  };
  return { methods: new Map(reflectionServices.map((service) => [`/${service}/ServerReflectionInfo`, method])) };
}
