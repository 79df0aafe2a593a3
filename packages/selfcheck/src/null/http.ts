import type { Socket } from "node:net";
import { takeBytes } from "./bytes.ts";

const headEnd = "\r\n\r\n";

/** Answers every HTTP/1.1 request with the same JSON, reading no more of it than where it ends. */
export function nullHttp(json: Uint8Array): (socket: Socket) => void {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${json.length}${headEnd}`;
  const reply = Buffer.concat([Buffer.from(head), json]);
  return (socket) =>
    takeBytes(socket, (bytes) => {
      const end = bytes.indexOf(headEnd);
      if (end === -1) return 0;
      const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString("latin1", 0, end))?.[1] ?? 0;
      const whole = end + headEnd.length + Number(length);
      if (bytes.length < whole) return 0;
      socket.write(reply);
      return whole;
    });
}
