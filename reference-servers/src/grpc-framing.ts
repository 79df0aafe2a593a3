import type { Readable } from "node:stream";
import { grpcCode } from "@apb/protocols/grpc";
import { GrpcError } from "./grpc-status.ts";

/** Bytes before each message: one of flags and four of length (PROTOCOL-HTTP2, Length-Prefixed-Message). */
export const prefixBytes = 5;
/** Requests above this are refused, as gRPC servers do by default. */
const messageLimitBytes = 4 * 1024 * 1024;

/** Reads the one message of a request from data split anywhere. */
export class MessageReader {
  private readonly encoding: string;
  private readonly parts: Buffer[] = [];
  private size = 0;
  private frameBytes = -1;

  /** `encoding` is the request's `grpc-encoding`: it decides the error when the message is compressed. */
  constructor(encoding: string) {
    this.encoding = encoding;
  }

  /** Throws a GrpcError as soon as the data cannot become one plain message within the limit. */
  push(data: Buffer): void {
    this.parts.push(data);
    this.size += data.length;
    if (this.frameBytes === -1 && this.size >= prefixBytes) this.frameBytes = readPrefix(this.all(), this.encoding);
    if (this.frameBytes !== -1 && this.size > this.frameBytes)
      throw new GrpcError(grpcCode.unimplemented, "expected one request message, got more than one");
  }

  /** Bytes that have come so far. */
  get heldBytes(): number {
    return this.size;
  }

  /** Whether no more is missing. */
  get isWhole(): boolean {
    return this.size === this.frameBytes;
  }

  /** The message, once all data has come. Throws a GrpcError unless there was exactly one. */
  end(): Buffer {
    if (this.size === 0) throw new GrpcError(grpcCode.unimplemented, "expected one request message, got none");
    if (this.size !== this.frameBytes)
      throw new GrpcError(grpcCode.internal, "the request ended in the middle of a message");
    const frame = this.all();
    // The call may live on for long.
    this.parts.length = 0;
    return frame.subarray(prefixBytes);
  }

  private all(): Buffer {
    const [first] = this.parts;
    return this.parts.length === 1 && first !== undefined ? first : Buffer.concat(this.parts, this.size);
  }
}

/** The messages of a request as they come; `held` is told the bytes of one that has begun. Throws a GrpcError for data that cannot become plain messages within the limit. */
export async function* messagesOf(
  request: Readable,
  encoding: string,
  held: (bytes: number) => void,
): AsyncIterable<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  let wanted = prefixBytes;
  // A method may stop reading before the request ends; to destroy the stream then would cut off its answer.
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    parts.push(piece);
    size += piece.length;
    held(size);
    if (size < wanted) continue;
    let data = Buffer.concat(parts, size);
    for (wanted = prefixBytes; data.length >= prefixBytes; wanted = prefixBytes) {
      wanted = readPrefix(data, encoding);
      if (data.length < wanted) break;
      yield data.subarray(prefixBytes, wanted);
      data = data.subarray(wanted);
    }
    parts = [data];
    size = data.length;
    held(size);
  }
  if (size > 0) throw new GrpcError(grpcCode.internal, "the request ended in the middle of a message");
}

/** Length of the message with its prefix. Statuses: https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
function readPrefix(prefix: Buffer, encoding: string): number {
  const flags = prefix.readUInt8(0);
  const length = prefix.readUInt32BE(1);
  if (flags > 1) throw new GrpcError(grpcCode.internal, `expected a compressed flag of 0 or 1, got ${flags}`);
  if (flags === 1 && encoding === "identity")
    throw new GrpcError(grpcCode.internal, "a message is flagged as compressed, but the request names no encoding");
  if (flags === 1)
    throw new GrpcError(grpcCode.unimplemented, `this server cannot decompress ${encoding.slice(0, 100)}`, {
      "grpc-accept-encoding": "identity",
    });
  if (length > messageLimitBytes)
    throw new GrpcError(
      grpcCode.resourceExhausted,
      `a message of ${length} bytes is larger than ${messageLimitBytes} bytes`,
    );
  return prefixBytes + length;
}
