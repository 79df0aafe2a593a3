import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";

/** What came back on one stream, for tests of requests that no gRPC library would make. */
export interface ProbeReply {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  /** HTTP status; 0 when none came. */
  readonly httpStatus: number;
  /** From the trailers, or from the headers of a reply that has no body; null when none came. */
  readonly grpcStatus: number | null;
  readonly body: Buffer;
  /** HTTP/2 error code the stream ended with. */
  readonly resetCode: number;
}

/** Headers of a gRPC request as libraries send them. */
export function grpcHeaders(path: string, more: OutgoingHttpHeaders = {}): OutgoingHttpHeaders {
  return { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...more };
}

/** A message with its prefix. */
export function framed(message: string | Uint8Array, flags = 0): Buffer {
  const bytes = Buffer.from(message);
  const prefix = Buffer.alloc(5);
  prefix[0] = flags;
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** An HTTP/2 connection, once it is open. */
export function openSession(url: string): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(url);
    session.once("error", reject);
    session.once("connect", () => {
      session.removeListener("error", reject);
      session.on("error", () => undefined);
      resolve(session);
    });
  });
}

/** Sends one request, each piece of its body in a frame of its own, and waits for the end of the stream. Rejects when that takes too long. */
export function probe(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  pieces: readonly Uint8Array[],
  hangMs = 20_000,
): Promise<ProbeReply> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: pieces.length === 0 });
    let received: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    const parts: Buffer[] = [];
    const hang = setTimeout(() => {
      reject(new Error(`expected an answer within ${hangMs} ms`));
      stream.close();
    }, hangMs);
    stream.on("response", (got) => {
      received = got;
    });
    stream.on("trailers", (got) => {
      trailers = got;
    });
    stream.on("data", (data: Buffer) => parts.push(data));
    stream.on("error", () => undefined);
    stream.on("close", () => {
      clearTimeout(hang);
      const status = trailers["grpc-status"] ?? received["grpc-status"];
      resolve({
        headers: received,
        trailers,
        httpStatus: Number(received[":status"] ?? 0),
        grpcStatus: status === undefined ? null : Number(status),
        body: Buffer.concat(parts),
        resetCode: stream.rstCode ?? 0,
      });
    });
    for (const piece of pieces) stream.write(piece);
    if (pieces.length > 0) stream.end();
  });
}
