import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { abortFailure, Failure } from "@apb/core/failure";
import { Http2Connection } from "./h2-connection.ts";
import type { Field } from "./hpack-static.ts";
import { openSocket } from "./socket.ts";

/**
 * Opens an HTTP/2 connection, over TLS by ALPN, else with prior knowledge (RFC 9113 §3), and waits for the server's
 * SETTINGS. Throws as `openSocket` does, and `protocol` for a server of something else.
 */
export async function connectHttp2<Head extends object>(
  url: URL,
  signal: AbortSignal,
  interpret: (fields: readonly Field[]) => Head,
): Promise<{ readonly connection: Http2Connection<Head>; readonly socket: Socket }> {
  const connection = new Http2Connection(interpret);
  const socket = await openSocket(url, signal, (buffer, bytes) => connection.receive(buffer, bytes), "h2");
  if (socket instanceof TLSSocket && socket.alpnProtocol !== "h2") {
    socket.destroy();
    throw new Failure("protocol", "expected a server that agrees on HTTP/2 (ALPN h2), got one that does not");
  }
  const abort = (): void => connection.close(abortFailure(signal));
  signal.addEventListener("abort", abort, { once: true });
  try {
    await connection.attach(socket);
  } finally {
    signal.removeEventListener("abort", abort);
  }
  return { connection, socket };
}
