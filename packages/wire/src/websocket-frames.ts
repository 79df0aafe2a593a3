import { isUtf8 } from "node:buffer";
import { Failure } from "@apb/core/failure";
import { GatheredBytes } from "./gathered-bytes.ts";
import { tooLarge } from "./limits.ts";

/** What frames can be: https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Why a connection is closed: https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
export const closeCodes = {
  normal: 1000,
  protocolError: 1002,
  noStatus: 1005,
  abnormal: 1006,
  badText: 1007,
  tooLarge: 1009,
} as const;

/** Takes what a server sends. Bytes of a ping are gone when it returns. */
export interface FrameSink {
  message(data: string | Uint8Array): void;
  ping(payload: Buffer): void;
  close(code: number, reason: string): void;
}

/** Reads a server's frames from bytes that are split anywhere. Lenient in nothing: throws `protocol`, and {@link violation} says of what kind. */
export class FrameReader {
  /** The code to close with after a throw. */
  violation: number = closeCodes.protocolError;
  private readonly sink: FrameSink;
  private readonly maxReplyBytes: number;
  private readonly begun = new GatheredBytes();
  private fragments: GatheredBytes | null = null;
  /** The opcode of the message whose fragments are coming. */
  private fragmented: number | null = null;
  /** Bytes of the frame that has begun, as far as is known. */
  private frameBytes = 0;
  private ended = false;

  /** A message may have so many bytes, in whatever frames. */
  constructor(sink: FrameSink, maxReplyBytes: number) {
    this.sink = sink;
    this.maxReplyBytes = maxReplyBytes;
  }

  read(buffer: Buffer, start: number, end: number): void {
    if (this.begun.length === 0) {
      const at = this.readFrames(buffer, start, end);
      if (at < end) this.keep(buffer, at, end);
      return;
    }
    this.begun.add(buffer, start, end);
    if (this.begun.length < this.frameBytes) return;
    this.begun.drop(this.readFrames(this.begun.bytes, 0, this.begun.length));
  }

  /** Takes bytes that are to be read with the next ones. */
  keep(buffer: Buffer, start: number, end: number): void {
    this.begun.expect(this.frameBytes);
    this.begun.add(buffer, start, end);
  }

  /** Nothing is passed on any more. */
  stop(): void {
    this.ended = true;
  }

  /** Returns the position after the last whole frame. */
  private readFrames(buffer: Buffer, start: number, end: number): number {
    let at = start;
    this.frameBytes = 0;
    while (end - at >= 2) {
      if (this.ended) return end;
      const first = buffer[at] as number;
      const second = buffer[at + 1] as number;
      this.expectFrame(first, second);
      const short = second & 0x7f;
      const payload = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
      if (payload > end) break;
      const length = short < 126 ? short : longLength(buffer, at + 2, payload);
      if ((first & 0x08) === 0) this.expectRoom(length);
      if (payload + length > end) {
        this.frameBytes = payload + length - at;
        break;
      }
      this.readFrame(first, buffer, payload, payload + length);
      at = payload + length;
    }
    return at;
  }

  /** Of a frame of data, as soon as its header is there. */
  private expectRoom(length: number): void {
    const before = this.fragments === null ? 0 : this.fragments.length;
    if (before + length <= this.maxReplyBytes) return;
    this.violation = closeCodes.tooLarge;
    throw tooLarge(this.maxReplyBytes);
  }

  private expectFrame(first: number, second: number): void {
    const opcode = first & 0x0f;
    if ((first & 0x70) !== 0) throw broken("no reserved bits", `0x${first.toString(16)}`);
    if ((second & 0x80) !== 0) throw broken("an unmasked frame of a server", "a masked one");
    if (opcode >= opcodes.close) {
      if (opcode > opcodes.pong) throw broken("a known opcode", `${opcode}`);
      if ((first & 0x80) === 0) throw broken("a control frame in one piece", "a fragment");
      if (second > 125) throw broken("a control frame of at most 125 bytes", "a longer one");
    } else if (opcode > opcodes.binary) throw broken("a known opcode", `${opcode}`);
    else if ((opcode === opcodes.continuation) !== (this.fragmented !== null))
      throw broken(this.fragmented === null ? "a message" : "the rest of the message", `opcode ${opcode}`);
  }

  private readFrame(first: number, buffer: Buffer, start: number, end: number): void {
    switch (first & 0x0f) {
      case opcodes.ping:
        this.sink.ping(buffer.subarray(start, end));
        return;
      case opcodes.pong:
        return;
      case opcodes.close:
        this.readClose(buffer, start, end);
        return;
    }
    const last = (first & 0x80) !== 0;
    if (last && this.fragmented === null) {
      this.deliver(first & 0x0f, buffer, start, end);
      return;
    }
    this.fragmented ??= first & 0x0f;
    this.fragments ??= new GatheredBytes();
    const { fragments } = this;
    fragments.add(buffer, start, end);
    if (!last) return;
    const opcode = this.fragmented;
    this.fragmented = null;
    this.deliver(opcode, fragments.bytes, 0, fragments.length);
    fragments.drop(fragments.length);
  }

  private deliver(opcode: number, buffer: Buffer, start: number, end: number): void {
    this.sink.message(
      opcode === opcodes.text ? this.textOf(buffer, start, end) : Buffer.from(buffer.subarray(start, end)),
    );
  }

  private readClose(buffer: Buffer, start: number, end: number): void {
    if (end - start === 1) throw broken("a close code of two bytes", "one byte");
    const code = end === start ? closeCodes.noStatus : buffer.readUInt16BE(start);
    if (end > start && !isSendable(code)) throw broken("a close code that may be sent", `${code}`);
    const reason = end > start ? this.textOf(buffer, start + 2, end) : "";
    this.ended = true;
    this.sink.close(code, reason);
  }

  private textOf(buffer: Buffer, start: number, end: number): string {
    const text = buffer.toString("utf8", start, end);
    // What is no UTF-8 was replaced by this character, which may also have been sent.
    if (text.includes("\ufffd") && !isUtf8(buffer.subarray(start, end))) {
      this.violation = closeCodes.badText;
      throw broken("text in UTF-8", "other bytes");
    }
    return text;
  }
}

/** A length of 16 or 64 bits, which must not be written longer than needed. */
function longLength(buffer: Buffer, start: number, end: number): number {
  const wide = end - start === 8;
  const length = wide
    ? buffer.readUInt32BE(start) * 2 ** 32 + buffer.readUInt32BE(start + 4)
    : buffer.readUInt16BE(start);
  if (length > Number.MAX_SAFE_INTEGER) throw broken("a length of at most 2^53 bytes", `${length}`);
  if (length < (wide ? 65536 : 126)) throw broken("the shortest form of a length", `${length} in a longer one`);
  return length;
}

/** The codes of section 7.4 that an endpoint may send: https://www.iana.org/assignments/websocket/websocket.xhtml */
function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

function broken(expected: string, got: string): Failure {
  return new Failure("protocol", `expected ${expected}, got ${got}`);
}
