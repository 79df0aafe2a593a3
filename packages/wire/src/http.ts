import type { ClientKind } from "@apb/core/binding";
import type { ConnectHttp, HttpConnection, HttpReply, HttpRequest, HttpStream } from "./http-connection.ts";
import { loadedOnce } from "./loaded-once.ts";

export type { HttpConnection, HttpReply, HttpRequest };

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
