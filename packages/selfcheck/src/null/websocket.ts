import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { replyFrame } from "@apb/protocols/acp-frames";
import { takeBytes } from "./bytes.ts";

/** RFC 6455 §1.3: what a server mixes into the client's key. */
const acceptance = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const text = 0x81;
const close = 0x88;

/** Answers every ACP request frame with the same run, reading no more of it than the id it must repeat. */
export function nullWebSocket(run: string): (socket: Socket) => void {
  return (socket) => {
    let open = false;
    takeBytes(socket, (bytes) => {
      if (!open) {
        const end = bytes.indexOf("\r\n\r\n");
        if (end === -1) return 0;
        open = true;
        socket.write(handshake(bytes.toString("latin1", 0, end)));
        return end + 4;
      }
      const payload = payloadOf(bytes);
      if (payload === null) return 0;
      if (bytes[0] === text) socket.write(textFrame(replyFrame(idOf(bytes, payload.start), "run", run)));
      else if (bytes[0] === close) socket.end(Buffer.from([close, 0]));
      return payload.end;
    });
  };
}

function handshake(head: string): string {
  const key = /\r\nsec-websocket-key: *(\S+)/i.exec(head)?.[1] ?? "";
  const accept = createHash("sha1")
    .update(key + acceptance)
    .digest("base64");
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

/** Where a client's frame has its payload (§5.2), behind the four bytes of its mask; null when the frame is not all here. */
function payloadOf(bytes: Buffer): { readonly start: number; readonly end: number } | null {
  if (bytes.length < 2) return null;
  const length = bytes.readUInt8(1) & 0x7f;
  const wide = length === 126 ? 2 : length === 127 ? 8 : 0;
  if (bytes.length < 2 + wide) return null;
  const size = wide === 0 ? length : wide === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const start = 2 + wide + 4;
  return bytes.length < start + size ? null : { start, end: start + size };
}

/** The number behind `{"id":`, at the beginning of a masked payload. */
function idOf(bytes: Buffer, start: number): number {
  let id = 0;
  for (let n = '{"id":'.length; ; n++) {
    const digit = (bytes.readUInt8(start + n) ^ bytes.readUInt8(start - 4 + (n % 4))) - 48;
    if (digit < 0 || digit > 9) return id;
    id = id * 10 + digit;
  }
}

function textFrame(payload: string): Buffer {
  const bytes = Buffer.byteLength(payload);
  const frame = Buffer.allocUnsafe(4 + bytes);
  frame.writeUInt8(text, 0);
  frame.writeUInt8(126, 1);
  frame.writeUInt16BE(bytes, 2);
  frame.write(payload, 4);
  return frame;
}
