import { Failure } from "@apb/core/failure";

/** Frame types (RFC 9113 §6). */
export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of frames (RFC 9113 §6); `ack` belongs to SETTINGS and PING. */
export const frameFlag = { ack: 0x1, endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** The error codes we send, and those gRPC gives a meaning (RFC 9113 §7). */
export const errorCode = {
  none: 0,
  protocol: 1,
  refusedStream: 7,
  cancel: 8,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
} as const;

/** Bytes before a frame's payload (RFC 9113 §4.1). */
export const frameHeaderBytes = 9;
/** The largest payload that needs no agreement; we neither send nor allow more (RFC 9113 §4.2). */
export const framePayloadBytes = 16_384;
/** The largest flow-control window (RFC 9113 §6.9.1). */
export const largestWindow = 2 ** 31 - 1;
/** The last stream of a connection; a new one needs a new connection (RFC 9113 §5.1.1). */
export const largestStreamId = 2 ** 31 - 1;

/** What frames are given to: `bytes` between `start` and `end` are the payload, valid during the call only. */
export interface FrameSink {
  frame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void;
}

const nothing = Buffer.alloc(0);

/** Finds the frames in data that may be split anywhere. */
export class FrameReader {
  private readonly sink: FrameSink;
  /** The beginning of a frame whose rest has not come. */
  private part: Buffer = nothing;
  private partBytes = 0;

  constructor(sink: FrameSink) {
    this.sink = sink;
  }

  /** Throws `protocol` for a frame larger than we allow, as soon as its header is there. */
  push(bytes: Buffer, length: number): void {
    let at = this.partBytes === 0 ? 0 : this.complete(bytes, length);
    while (length - at >= frameHeaderBytes) {
      const end = at + frameHeaderBytes + payloadLength(bytes, at);
      if (end > length) break;
      this.deliver(bytes, at, end);
      at = end;
    }
    if (at < length) this.keep(bytes, at, length);
  }

  /** Adds what is missing of the frame begun; gives how many bytes that took. */
  private complete(bytes: Buffer, length: number): number {
    const toHeader = Math.min(length, Math.max(0, frameHeaderBytes - this.partBytes));
    if (toHeader > 0) this.keep(bytes, 0, toHeader);
    if (this.partBytes < frameHeaderBytes) return length;
    const frameBytes = frameHeaderBytes + payloadLength(this.part, 0);
    const taken = Math.min(length, toHeader + frameBytes - this.partBytes);
    this.keep(bytes, toHeader, taken);
    if (this.partBytes < frameBytes) return length;
    this.partBytes = 0;
    this.deliver(this.part, 0, frameBytes);
    return taken;
  }

  private keep(bytes: Buffer, start: number, end: number): void {
    const needed = this.partBytes + end - start;
    if (needed > this.part.length) {
      // 1 KiB first, then a whole frame: two allocations at most, kept for the frames that follow, mostly as large.
      const larger = Buffer.allocUnsafeSlow(needed < 1024 ? 1024 : frameHeaderBytes + framePayloadBytes);
      this.part.copy(larger, 0, 0, this.partBytes);
      this.part = larger;
    }
    bytes.copy(this.part, this.partBytes, start, end);
    this.partBytes = needed;
  }

  private deliver(bytes: Buffer, at: number, end: number): void {
    const type = bytes[at + 3] as number;
    const flags = bytes[at + 4] as number;
    this.sink.frame(type, flags, uint31(bytes, at + 5), bytes, at + frameHeaderBytes, end);
  }
}

function payloadLength(bytes: Buffer, at: number): number {
  const length = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
  if (length <= framePayloadBytes) return length;
  const what = bytes.toString("latin1", at, at + 5) === "HTTP/" ? "an HTTP/1 reply" : `one of ${length} bytes`;
  throw new Failure("protocol", `expected HTTP/2 frames of at most ${framePayloadBytes} bytes, got ${what}`);
}

/** Writes a frame's header at `at`; gives where its payload goes. */
export function writeFrameHeader(
  bytes: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): number {
  bytes[at] = length >> 16;
  bytes[at + 1] = length >> 8;
  bytes[at + 2] = length;
  bytes[at + 3] = type;
  bytes[at + 4] = flags;
  return writeUint32(bytes, at + 5, streamId);
}

/** Writes a number of 32 bits at `at`; gives where it ends. Buffer's own method checks what is known here. */
export function writeUint32(bytes: Buffer, at: number, value: number): number {
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
  return at + 4;
}

/** A number of 31 bits; the bit before it is reserved and means nothing. */
export function uint31(bytes: Buffer, at: number): number {
  return (
    (((bytes[at] as number) & 0x7f) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}
