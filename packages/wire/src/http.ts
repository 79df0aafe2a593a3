import { type ClientKind, type Headers, usualMaxReplyBytes } from "@apb/core/binding";
import { GatheredBytes } from "./gathered-bytes.ts";
import type { ConnectHttp, HttpConnection, HttpReply, HttpRequest, HttpStream } from "./http-connection.ts";
import { tooLarge } from "./limits.ts";
import { loadedOnce } from "./loaded-once.ts";

export type { HttpConnection, HttpReply, HttpRequest };

/** Loaded when first asked for, so that a process pays only for the client it uses. */
const implementations: Readonly<Record<ClientKind, () => Promise<ConnectHttp>>> = {
  library: loadedOnce(async () => (await import("./http-undici.ts")).connectUndici),
  wire: loadedOnce(async () => (await import("./http-wire.ts")).connectHttpWire),
};

/** An HTTP connection made by the client asked for; a larger reply than `maxReplyBytes` fails with `protocol`. */
export async function connectHttp(
  url: URL,
  client: ClientKind,
  signal: AbortSignal,
  maxReplyBytes = usualMaxReplyBytes,
  headers: Headers = {},
): Promise<HttpConnection> {
  const connect = await implementations[client]();
  return connect(url, signal, maxReplyBytes, headers);
}

/** A check that throws `protocol` for more than a reader may put together of a stream. */
export function withinLimit({ maxReplyBytes }: HttpStream): (size: number) => void {
  return (size) => {
    if (size > maxReplyBytes) throw tooLarge(maxReplyBytes);
  };
}

/** A streamed body as one text: for an error that came where a stream was expected. Throws `protocol` when it is too large. */
export async function readText({ chunks, maxReplyBytes }: HttpStream): Promise<string> {
  const all = new GatheredBytes();
  for await (const chunk of chunks)
    all.addWithin(maxReplyBytes, Buffer.from(chunk.buffer, chunk.byteOffset), 0, chunk.length);
  return all.bytes.toString("utf8");
}
