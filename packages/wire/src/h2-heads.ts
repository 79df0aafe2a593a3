import { Failure } from "@apb/core/failure";
import { frameFlag } from "./h2-frames.ts";
import { HpackDecoder } from "./hpack-decoder.ts";
import type { Field } from "./hpack-static.ts";

/** Blocks above this, in bytes, are not kept: they carry values of their own, and the same bytes would not come again. */
const longestKnown = 64;
/** An answer has two blocks; a server that answers in two ways has four. */
const mostKnown = 4;
/** A block in several frames may have this many bytes. */
const longestBlock = 256 * 1024;

interface Known<Head> {
  readonly block: Uint8Array;
  readonly version: number;
  readonly head: Head;
}

/**
 * Header blocks, and what they are read as. The answers of one server are nearly all alike: the same bytes mean the same
 * as long as the decoder's table is the same, provided that reading them did not change it.
 */
export class HeadReader<Head extends object> {
  /** The stream of the latest block, and whether it ends its answer. */
  streamId = 0;
  last = false;
  private readonly decoder = new HpackDecoder();
  private readonly interpret: (fields: readonly Field[]) => Head;
  /** Oldest first. */
  private known: readonly Known<Head>[] = [];
  private parts: Buffer[] = [];
  private partsBytes = 0;

  constructor(interpret: (fields: readonly Field[]) => Head) {
    this.interpret = interpret;
  }

  /** Takes the payload of HEADERS; gives null when CONTINUATION must follow. Throws `protocol`. */
  begin(flags: number, streamId: number, bytes: Buffer, start: number, end: number): Head | null {
    this.streamId = streamId;
    this.last = (flags & frameFlag.endStream) !== 0;
    let from = start;
    let to = end;
    if ((flags & (frameFlag.padded | frameFlag.priority)) !== 0) {
      const padded = (flags & frameFlag.padded) !== 0;
      from += (padded ? 1 : 0) + ((flags & frameFlag.priority) !== 0 ? 5 : 0);
      to -= padded ? paddingBytes(bytes, start, end) : 0;
      if (from > to) throw new Failure("protocol", "expected HEADERS, got nothing but padding and priority");
    }
    if ((flags & frameFlag.endHeaders) !== 0) return this.read(bytes, from, to);
    this.parts = [Buffer.from(bytes.subarray(from, to))];
    this.partsBytes = to - from;
    return null;
  }

  /** Takes the payload of CONTINUATION; gives null when another must follow. Throws `protocol`. */
  continue(flags: number, streamId: number, bytes: Buffer, start: number, end: number): Head | null {
    if (streamId !== this.streamId)
      throw new Failure("protocol", `expected CONTINUATION of stream ${this.streamId}, got one of ${streamId}`);
    this.parts.push(Buffer.from(bytes.subarray(start, end)));
    this.partsBytes += end - start;
    if (this.partsBytes > longestBlock || this.parts.length > longestBlock / 1024)
      throw new Failure("protocol", `expected headers of at most ${longestBlock} bytes, got more`);
    if ((flags & frameFlag.endHeaders) === 0) return null;
    return this.read(Buffer.concat(this.parts, this.partsBytes), 0, this.partsBytes);
  }

  private read(bytes: Buffer, start: number, end: number): Head {
    const { version } = this.decoder;
    for (const known of this.known)
      if (known.version === version && isSame(known.block, bytes, start, end)) return known.head;
    const head = this.interpret(this.decoder.decode(bytes, start, end));
    if (this.decoder.version === version && end - start <= longestKnown) {
      // Not a Buffer: a small one is a slice of Node's 8 KiB pool and keeps all of it. Copied, an array has no spare slots.
      const added = { block: new Uint8Array(bytes.subarray(start, end)), version, head };
      this.known = [...this.known.slice(this.known.length === mostKnown ? 1 : 0), added];
    }
    return head;
  }
}

/** How many bytes of padding a payload that begins with their number ends with (RFC 9113 §6.1). Throws `protocol`. */
export function paddingBytes(bytes: Buffer, start: number, end: number): number {
  const padding = start < end ? (bytes[start] as number) : 0;
  if (padding < end - start) return padding;
  throw new Failure("protocol", `expected padding within its frame, got ${padding} of ${end - start} bytes`);
}

function isSame(block: Uint8Array, bytes: Buffer, start: number, end: number): boolean {
  if (block.length !== end - start) return false;
  for (let n = 0; n < block.length; n++) if (block[n] !== bytes[start + n]) return false;
  return true;
}
