import { type ClientKind, type Headers, usualMaxReplyBytes } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { maskedUrl } from "@apb/core/url";
import type { ConnectGrpc, GrpcConnection } from "./grpc-connection.ts";
import { loadedOnce } from "./loaded-once.ts";

export type { GrpcConnection };

/** Loaded when first asked for, so that a process pays only for the client it uses. */
const implementations: Readonly<Record<ClientKind, () => Promise<ConnectGrpc>>> = {
  library: loadedOnce(async () => (await import("./grpc-js.ts")).connectGrpcJs),
  wire: loadedOnce(async () => (await import("./grpc-wire.ts")).connectGrpcWire),
};

/** A gRPC connection made by the client asked for; a larger message than `maxReplyBytes` fails its call with `protocol`. Throws as {@link ConnectGrpc}, and `usage` for a URL of another kind. */
export async function connectGrpc(
  url: URL,
  client: ClientKind,
  signal: AbortSignal,
  maxReplyBytes = usualMaxReplyBytes,
  headers: Headers = {},
): Promise<GrpcConnection> {
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new Failure("usage", `expected a URL like http://localhost:50051, got ${maskedUrl(url.href)}`);
  const connect = await implementations[client]();
  return connect(url, signal, maxReplyBytes, headers);
}
