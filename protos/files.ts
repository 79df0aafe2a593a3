import { fileURLToPath } from "node:url";

/** Absolute path of the course's Gateway API. */
export const agpProto = fileURLToPath(new URL("agp.proto", import.meta.url));

/** Absolute path of the A2A 1.0 service. */
export const a2aProto = fileURLToPath(new URL("a2a.proto", import.meta.url));

/** Absolute path of google.rpc.Status and ErrorInfo. */
export const rpcStatusProto = fileURLToPath(new URL("rpc-status.proto", import.meta.url));

/** Absolute path of what is spoken of SLIM's data plane. */
export const slimProto = fileURLToPath(new URL("slim.proto", import.meta.url));

/** Absolute path of gRPC's health service. */
export const healthProto = fileURLToPath(new URL("grpc-health.proto", import.meta.url));

/** Absolute path of gRPC's server reflection, v1. */
export const reflectionProto = fileURLToPath(new URL("grpc-reflection.proto", import.meta.url));
