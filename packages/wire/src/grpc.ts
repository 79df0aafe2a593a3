import type { ClientKind, WireBytes } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { maskedUrl } from "@apb/core/url";
import type { DuplexCall, DuplexEvents } from "./grpc-duplex.ts";
import { loadedOnce } from "./loaded-once.ts";

/** Request metadata: names in lower case, text values. */
export type Metadata = Readonly<Record<string, string>>;

/**
 * One HTTP/2 connection carrying gRPC. Messages are bytes already encoded, so that encoding and transport can be told apart.
 * A status other than OK rejects with a `GrpcStatus`.
 */
export interface GrpcConnection extends AsyncDisposable {
  /** `path` is `/package.Service/Method`. */
  unary(path: string, message: Uint8Array, metadata: Metadata, signal: AbortSignal): Promise<Uint8Array>;
  /** What `read` makes of a unary call's answer, whose bytes it has only until it returns. What it throws the call fails with. */
  ask<Reply>(
    path: string,
    message: Uint8Array,
    metadata: Metadata,
    signal: AbortSignal,
    read: (reply: Uint8Array) => Reply,
  ): Promise<Reply>;
  /** Messages in order; leaving the loop early cancels the call. */
  serverStream(path: string, message: Uint8Array, metadata: Metadata, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Begins a call both of whose sides send messages for as long as it, or the connection, lasts. */
  duplex(path: string, metadata: Metadata, events: DuplexEvents): DuplexCall;
  readonly wire: WireBytes;
}

/** Opens the connection now; `url` is `http://host:port` (https for TLS), its user and password go with every call. Throws `refused`, `protocol`, `environment` or the signal's failure. */
export type ConnectGrpc = (url: URL, signal: AbortSignal) => Promise<GrpcConnection>;

/** Loaded when first asked for, so that a process pays only for the client it uses. */
const implementations: Readonly<Record<ClientKind, () => Promise<ConnectGrpc>>> = {
  library: loadedOnce(async () => (await import("./grpc-js.ts")).connectGrpcJs),
  wire: loadedOnce(async () => (await import("./grpc-wire.ts")).connectGrpcWire),
};

/** A gRPC connection made by the client asked for. Throws as {@link ConnectGrpc}, and `usage` for a URL of another kind. */
export async function connectGrpc(url: URL, client: ClientKind, signal: AbortSignal): Promise<GrpcConnection> {
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new Failure("usage", `expected a URL like http://localhost:50051, got ${maskedUrl(url.href)}`);
  const connect = await implementations[client]();
  return connect(url, signal);
}
