import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { framed, grpcHeaders } from "./grpc-probe.ts";

/** What every HTTP/2 client sends first: the preface and empty SETTINGS (RFC 9113 §3.4). */
const opening = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/** Connections that a server has to end by itself, by name: the bytes each begins with. Node tells nobody of most of them. */
export const breaches: Readonly<Record<string, string>> = {
  "DATA on stream 0": `${opening}\0\0\x01\0\0\0\0\0\0x`,
  "a frame that is too large": `${opening}\xff\xff\xff\0\0\0\0\0\x01`,
  "headers that are no HPACK": `${opening}\0\0\x04\x01\x05\0\0\0\x01\xff\xff\xff\xff`,
  "a PING of five bytes": `${opening}\0\0\x05\x06\0\0\0\0\0xxxxx`,
  "HTTP/1.1 after the preface": `${opening}GET / HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  "a GOAWAY of its own": `${opening}\0\0\x08\x07${"\0".repeat(13)}`,
};

/** Opens a connection without a call, sends it the first bytes and returns once the server has said something. */
export async function open(port: number, bytes = opening): Promise<Socket> {
  const socket = connectTcp({ port, host: "127.0.0.1", allowHalfOpen: true }).on("error", () => undefined);
  socket.write(bytes, "latin1");
  await once(socket, "data");
  return socket.resume();
}

/** A flood of connections, one after another: each breaks HTTP/2 and hangs up, which costs the peer no descriptor. */
export async function breakAndHangUp(port: number, bytes: string, connections: number): Promise<void> {
  for (let n = 0; n < connections; n++) {
    const socket = await open(port, bytes);
    socket.end();
    await once(socket, "finish");
    socket.destroy();
  }
}

/** What a peer does to make a server hold its bytes: of answers it opens no window for, or of requests it never ends. */
export type Hoarding = "takes no answer" | "ends no request";

/** A connection with some calls of a path. Returns when the server has read them all, or has ended the connection. */
export async function hoard(
  port: number,
  path: string,
  how: Hoarding,
  calls: readonly Uint8Array[],
): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
  session.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => session.on("close", resolve));
  await once(session, "connect");
  const read = calls.map((message) => {
    const stream = session.request(grpcHeaders(path)).on("error", () => undefined);
    if (how === "takes no answer") stream.end(framed(message));
    else stream.write(framed(message).subarray(0, -1));
    return how === "takes no answer" ? answered(stream) : Promise.resolve();
  });
  // Answered after all that was sent before.
  const heard = new Promise<void>((resolve) => session.ping(() => resolve()));
  await Promise.race([Promise.all([...read, heard]), ended]);
  return session;
}

function answered(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    stream.on("response", () => resolve());
    stream.on("close", resolve);
  });
}
