import { once } from "node:events";
import net from "node:net";
import { connectGrpc, type GrpcConnection } from "../grpc.ts";
import { FrameReader, frameFlag, frameHeaderBytes, frameType, writeFrameHeader } from "../h2-frames.ts";
import { HpackDecoder } from "../hpack-decoder.ts";
import type { Field } from "../hpack-static.ts";
import { type Loopback, loopback, unabortable } from "./loopback.ts";

const prefaceBytes = 24;
const { endStream, endHeaders } = frameFlag;

/** A frame, right or wrong. A payload of numbers is their octets. */
export function frame(type: number, flags: number, id: number, payload: string | readonly number[] | Buffer): Buffer {
  const octets = typeof payload === "string" ? Buffer.from(payload, "latin1") : Buffer.from(payload);
  const bytes = Buffer.concat([Buffer.alloc(frameHeaderBytes), octets]);
  writeFrameHeader(bytes, 0, octets.length, type, flags, id);
  return bytes;
}

/** A header block that leaves the table as it is. */
export function block(...fields: readonly Field[]): Buffer {
  const octets = fields.flatMap((field) => [
    0,
    ...field.flatMap((text) => [text.length, ...Buffer.from(text, "latin1")]),
  ]);
  return Buffer.from(octets);
}

/** HEADERS in one frame; with `last` they end the answer. */
export function headers(id: number, last: "last" | "more", ...fields: readonly Field[]): Buffer {
  return frame(frameType.headers, endHeaders | (last === "last" ? endStream : 0), id, block(...fields));
}

/** DATA that does not end the answer. */
export function data(id: number, payload: string | Buffer): Buffer {
  return frame(frameType.data, 0, id, payload);
}

/** A message with its prefix. */
export function message(text: string, flag = 0, length = text.length): string {
  return String.fromCharCode(flag, length >> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255) + text;
}

/** The first HEADERS of an answer that is gRPC. */
export const grpcHead: readonly Field[] = [
  [":status", "200"],
  ["content-type", "application/grpc"],
];

/** A whole answer of one message. */
export function answer(id: number, text: string): Buffer {
  const trailers = headers(id, "last", ["grpc-status", "0"]);
  return Buffer.concat([headers(id, "more", ...grpcHead), data(id, message(text)), trailers]);
}

/** What a client has sent: one frame. */
export interface Seen {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

/** The server's end of one connection. */
export interface Peer {
  readonly socket: net.Socket;
  readonly seen: readonly Seen[];
  /** The first frame that is one of those looked for, come or still to come. */
  frame(wanted: (seen: Seen) => boolean): Promise<Seen>;
}

/** A server of ours that does as it is told, and a wire connection to it. */
export interface Line extends AsyncDisposable {
  readonly connection: GrpcConnection;
  readonly served: Loopback;
  readonly peer: Peer;
}

/** Serves one HTTP/2 connection: says `greeting`, by default empty SETTINGS, and then calls `request` with the stream of each whole request. */
export async function peerOf(
  request: (id: number, peer: Peer) => void,
  greeting = frame(frameType.settings, 0, 0, ""),
): Promise<Loopback & { readonly peers: readonly Peer[] }> {
  const peers: Peer[] = [];
  const server = net.createServer({ noDelay: true }, (socket) => {
    const peer = peerOn(socket, request);
    peers.push(peer);
    socket.write(greeting);
  });
  return { ...(await loopback(server)), peers };
}

function peerOn(socket: net.Socket, request: (id: number, peer: Peer) => void): Peer {
  const seen: Seen[] = [];
  const looking: (() => void)[] = [];
  const peer: Peer = {
    socket,
    seen,
    async frame(wanted) {
      for (;;) {
        const found = seen.find(wanted);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => looking.push(resolve));
      }
    },
  };
  const reader = new FrameReader({
    frame(type, flags, id, bytes, start, end) {
      seen.push({ type, flags, id, payload: Buffer.from(bytes.subarray(start, end)) });
      for (const look of looking.splice(0)) look();
      const isRequest = type === frameType.data || type === frameType.headers;
      if (isRequest && (flags & endStream) !== 0) request(id, peer);
    },
  });
  let ofPreface = 0;
  socket.on("data", (bytes) => {
    const skipped = Math.min(bytes.length, prefaceBytes - ofPreface);
    ofPreface += skipped;
    reader.push(bytes.subarray(skipped), bytes.length - skipped);
  });
  return peer;
}

/** {@link peerOf} with a connection to it. */
export async function lineTo(...given: Parameters<typeof peerOf>): Promise<Line> {
  const served = await peerOf(...given);
  const connection = await connectGrpc(served.url, "wire", unabortable);
  return {
    connection,
    served,
    peer: served.peers[0] as Peer,
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
    },
  };
}

/** The fields of a request's HEADERS, for a connection's first request. */
export function fieldsOf({ payload }: Seen): readonly Field[] {
  return new HpackDecoder().decode(payload, 0, payload.length);
}

/** Resolves when the client has closed its connection. */
export async function closed({ socket }: Peer): Promise<void> {
  if (!socket.closed) await once(socket, "close");
}
