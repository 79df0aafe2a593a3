import type { Socket } from "node:net";
import { takeBytes } from "./bytes.ts";

/** RFC 9113 §3.4, §6, §7: the client's preface, the frames that matter to a server that reads no request, and their flags. */
const prefaceBytes = 24;
const headBytes = 9;
const frames = { data: 0, headers: 1, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
const flags = { ack: 0x1, endStream: 0x1, endHeaders: 0x4 } as const;

/** The largest window there is (RFC 9113 §6.9.1), less the one a connection has from the start. */
const widening = 2 ** 31 - 1 - 65_535;

/** Header blocks that need no table of their own (RFC 7541): `:status: 200` and `content-type: application/grpc`; `grpc-status: 0`. */
const head = Buffer.concat([Buffer.from([0x88, 0x0f, 0x10, 16]), Buffer.from("application/grpc")]);
const trailer = Buffer.concat([
  Buffer.from([0x00, 11]),
  Buffer.from("grpc-status"),
  Buffer.from([1]),
  Buffer.from("0"),
]);

/** Answers every gRPC call on HTTP/2 with the same message and status OK, reading no more of it than its frames' heads. */
export function nullGrpc(message: Uint8Array): (socket: Socket) => void {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  const parts = [
    frame(frames.headers, flags.endHeaders, head),
    frame(frames.data, 0, Buffer.concat([prefix, message])),
    frame(frames.headers, flags.endHeaders | flags.endStream, trailer),
  ];
  const answer = (stream: number): Buffer => {
    for (const part of parts) part.writeUInt32BE(stream, 5);
    return Buffer.concat(parts);
  };
  return (socket) => {
    let begun = false;
    let unacknowledged = 0;
    socket.write(Buffer.concat([frame(frames.settings, 0, Buffer.alloc(0)), windowUpdate(widening)]));
    takeBytes(socket, (bytes) => {
      if (!begun) {
        if (bytes.length < prefaceBytes) return 0;
        begun = true;
        return prefaceBytes;
      }
      if (bytes.length < headBytes) return 0;
      const whole = headBytes + bytes.readUIntBE(0, 3);
      if (bytes.length < whole) return 0;
      const [type, flag] = [bytes.readUInt8(3), bytes.readUInt8(4)];
      if (type === frames.data) unacknowledged += whole - headBytes;
      if (unacknowledged > widening / 2) {
        socket.write(windowUpdate(unacknowledged));
        unacknowledged = 0;
      }
      const ends = type === frames.data || type === frames.headers;
      if (ends && (flag & flags.endStream) !== 0) socket.write(answer(bytes.readUInt32BE(5)));
      else if ((type === frames.settings || type === frames.ping) && (flag & flags.ack) === 0)
        socket.write(frame(type, flags.ack, type === frames.ping ? bytes.subarray(headBytes, whole) : Buffer.alloc(0)));
      else if (type === frames.goAway) socket.end();
      return whole;
    });
  };
}

/** A frame of the connection; a stream's number is written in later. */
function frame(type: number, flag: number, payload: Uint8Array): Buffer {
  const start = Buffer.alloc(headBytes);
  start.writeUIntBE(payload.length, 0, 3);
  start.writeUInt8(type, 3);
  start.writeUInt8(flag, 4);
  return Buffer.concat([start, payload]);
}

function windowUpdate(increment: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(increment);
  return frame(frames.windowUpdate, 0, payload);
}
