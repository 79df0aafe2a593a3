import type { Headers, WireBytes } from "@apb/core/binding";
import type { Arriving } from "./arriving.ts";

/** One request. Its length and the connection's own headers are the client's to add. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Path and query. */
  readonly path: string;
  /** Never changed after it was passed: a client may keep what it made of it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** A whole reply, whatever its status. */
export interface HttpReply {
  readonly status: number;
  /** Names in lower case; a repeated header is joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A reply whose body is read while it comes. */
export interface HttpStream {
  /** The most of it that a reader may put together. */
  readonly maxReplyBytes: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it arrives. Leaving the loop early ends the exchange. */
  readonly chunks: Arriving<Uint8Array>;
}

/** One HTTP/1.1 connection, kept alive; requests made at the same time wait for each other. */
export interface HttpConnection extends AsyncDisposable {
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpReply>;
  stream(request: HttpRequest, signal: AbortSignal): Promise<HttpStream>;
  readonly wire: WireBytes;
}

/** Opens the connection now, TLS for https; the URL's user and password go with every request. Throws `refused`, `timeout` or `aborted`. */
export type ConnectHttp = (
  url: URL,
  signal: AbortSignal,
  maxReplyBytes: number,
  headers: Headers,
) => Promise<HttpConnection>;
