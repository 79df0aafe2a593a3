import { createHash } from "node:crypto";
import net from "node:net";
import { frameType } from "../h2-frames.ts";
import { frame } from "./h2-peer.ts";
import { type Loopback, loopback } from "./loopback.ts";

/** A hostile server sends no more than this on a connection, whoever takes it, */
export const mostFloodBytes = 96 * 1024 * 1024;
/** and for no longer than this. */
const mostFloodMs = 10_000;
const blockBytes = 64 * 1024;

/** Writes a piece again and again, as fast as it is taken, until the socket has closed or enough was sent. */
export function flood(socket: net.Socket, piece: Buffer): void {
  const block = Buffer.concat(Array.from({ length: Math.ceil(blockBytes / piece.length) }, () => piece));
  const late = setTimeout(() => socket.destroy(), mostFloodMs);
  socket.on("close", () => clearTimeout(late));
  let left = mostFloodBytes;
  const more = (): void => {
    while (left > 0 && socket.writable) {
      left -= block.length;
      if (!socket.write(block)) return;
    }
  };
  socket.on("drain", more);
  more();
}

/** An HTTP server whose every reply begins like this and goes on with the same piece. */
export function endlessHttp(head: string, piece: Buffer): Promise<Loopback> {
  return loopback(
    net.createServer((socket) =>
      socket.once("data", () => {
        socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`);
        flood(socket, piece);
      }),
    ),
  );
}

/** A chunk of the chunked transfer coding. */
export function chunk(text: string): Buffer {
  return Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n`, "latin1");
}

/** An HTTP/2 server that begins with empty SETTINGS, reads nothing and goes on with the same frame. */
export function deafHttp2(piece: Buffer): Promise<Loopback> {
  return loopback(
    net.createServer({ pauseOnConnect: true }, (socket) => {
      socket.write(frame(frameType.settings, 0, 0, ""));
      flood(socket, piece);
    }),
  );
}

/** A WebSocket server that agrees to every handshake and hands over the socket; what the client sends is not read. */
export function deafWebSocket(opened: (socket: net.Socket) => void): Promise<Loopback> {
  return loopback(
    net.createServer((socket) =>
      socket.once("data", (request) => {
        socket.pause();
        const head = request.toString("latin1");
        const [, key = ""] = /^Sec-WebSocket-Key: (.*)\r$/im.exec(head) ?? [];
        const [subprotocol = ""] = /^Sec-WebSocket-Protocol: .*\r\n/im.exec(head) ?? [];
        const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${subprotocol}\r\n`,
        );
        opened(socket);
      }),
    ),
  );
}

/** A frame of a server, of up to 65,535 bytes. `first` is its first octet: whether it is the last, and its opcode. */
export function webSocketFrame(first: number, payload: Buffer): Buffer {
  const size = payload.length;
  const head = size < 126 ? [first, size] : [first, 126, size >> 8, size & 255];
  return Buffer.concat([Buffer.from(head), payload]);
}
