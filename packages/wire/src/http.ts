import type { ClientKind, WireBytes } from "@apb/core/binding";
import { loadedOnce } from "./loaded-once.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Path and query. */
  readonly path: string;
  /** Never changed after it was passed: a client may keep what it made of it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface HttpReply {
  readonly status: number;
  /** Names in lower case; a repeated header is joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it arrives. Leaving the loop early ends the exchange. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** One HTTP/1.1 connection, kept alive; requests made at the same time wait for each other. */
export interface HttpConnection extends AsyncDisposable {
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpReply>;
  stream(request: HttpRequest, signal: AbortSignal): Promise<HttpStream>;
  readonly wire: WireBytes;
}

/** Opens the connection now, TLS for https; the URL's user and password go with every request. Throws `refused`, `timeout` or `aborted`. */
export type ConnectHttp = (url: URL, signal: AbortSignal) => Promise<HttpConnection>;

/** Loaded when first asked for, so that a process pays only for the client it uses. */
const implementations: Readonly<Record<ClientKind, () => Promise<ConnectHttp>>> = {
  library: loadedOnce(async () => (await import("./http-undici.ts")).connectUndici),
  wire: loadedOnce(async () => (await import("./http-wire.ts")).connectHttpWire),
};

/** An HTTP connection made by the client asked for. */
export async function connectHttp(url: URL, client: ClientKind, signal: AbortSignal): Promise<HttpConnection> {
  const connect = await implementations[client]();
  return connect(url, signal);
}

/** A streamed body as one text: for an error that came where a stream was expected. */
export async function readText({ chunks }: HttpStream): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString("utf8");
}
