import type { Headers, WireBytes } from "@apb/core/binding";
import type { Failure } from "@apb/core/failure";
import type { Arriving } from "./arriving.ts";

/** Request metadata: names in lower case, text values. */
export type Metadata = Readonly<Record<string, string>>;

/** What comes on a call whose both sides send messages. */
export interface DuplexEvents {
  message(message: Uint8Array): void;
  /** Once, when the call has ended for any reason, status OK among them. */
  closed(failure: Failure): void;
}

/** Our side of such a call. */
export interface DuplexCall {
  /** Throws why the call has ended, when it has. */
  send(message: Uint8Array): void;
  /** How much waits to be sent, in bytes or messages; 0 when the kernel has all of it. */
  readonly unsent: number;
}

/**
 * One HTTP/2 connection carrying gRPC. Messages are bytes already encoded, so that encoding and transport can be told apart.
 * A status other than OK rejects with a `GrpcStatus`.
 */
export interface GrpcConnection extends AsyncDisposable {
  /**
   * What `read` makes of a unary call's answer, whose bytes it has only until it returns. What it throws the call fails
   * with. `path` is `/package.Service/Method`.
   */
  ask<Reply>(
    path: string,
    message: Uint8Array,
    metadata: Metadata,
    signal: AbortSignal,
    read: (reply: Uint8Array) => Reply,
  ): Promise<Reply>;
  /** Messages in order; leaving the loop early cancels the call. */
  serverStream(path: string, message: Uint8Array, metadata: Metadata, signal: AbortSignal): Arriving<Uint8Array>;
  /** Begins a call both of whose sides send messages for as long as it, or the connection, lasts. */
  duplex(path: string, metadata: Metadata, events: DuplexEvents): DuplexCall;
  readonly wire: WireBytes;
}

/** Opens the connection now; `url` is `http://host:port` (https for TLS), its user and password go with every call. Throws `refused`, `protocol`, `environment` or the signal's failure. */
export type ConnectGrpc = (
  url: URL,
  signal: AbortSignal,
  maxReplyBytes: number,
  headers: Headers,
) => Promise<GrpcConnection>;
