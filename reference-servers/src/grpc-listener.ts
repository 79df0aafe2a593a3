import { createServer, type Http2Server } from "node:http2";

/** One gRPC binding. */
export interface GrpcDoor {
  /** By path, `/package.Service/Method`. */
  readonly methods: ReadonlyMap<string, GrpcMethod>;
}

export interface GrpcMethod {
  readonly path: string;
}

/** A node:http2 server that speaks gRPC to the doors' methods. Not listening yet. */
export function grpcListener(_doors: readonly GrpcDoor[]): Http2Server {
  return createServer();
}
