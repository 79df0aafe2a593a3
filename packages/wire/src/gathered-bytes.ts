import { tooLarge } from "./limits.ts";

const leastBytes = 16 * 1024;
/** The most that is allocated because a length was announced; beyond it, as bytes come. Larger buffers are not kept for reuse. */
const usualLimitBytes = 1024 * 1024;
const mostSpares = 16;

/** Buffers for reuse: to allocate one and copy into it takes 3 to 7 times as long as to copy (16 to 256 KiB). */
const spares: Buffer[] = [];
const nothing = Buffer.alloc(0);

/** Bytes that come in pieces, put together in one buffer. */
export class GatheredBytes {
  length = 0;
  private memory: Buffer = nothing;

  /** Says how many bytes there will be. */
  expect(bytes: number): void {
    this.grow(Math.min(bytes, usualLimitBytes));
  }

  add(from: Buffer, start: number, end: number): void {
    const length = this.length + end - start;
    if (length > this.memory.length) this.grow(Math.max(length, this.memory.length * 2));
    from.copy(this.memory, this.length, start, end);
    this.length = length;
  }

  /** Adds bytes that make it no more than `most`. Throws `protocol` for others. */
  addWithin(most: number, from: Buffer, start: number, end: number): void {
    if (this.length + end - start > most) throw tooLarge(most);
    this.add(from, start, end);
  }

  /** All of them, in memory that is used again once they are dropped. */
  get bytes(): Buffer {
    return this.memory.subarray(0, this.length);
  }

  /** Forgets the first bytes. */
  drop(bytes: number): void {
    this.length -= bytes;
    if (this.length > 0) this.memory.copyWithin(0, bytes, bytes + this.length);
    else {
      spare(this.memory);
      this.memory = nothing;
    }
  }

  private grow(bytes: number): void {
    if (bytes <= this.memory.length) return;
    // A spare that is too small is dropped, so that in time the spares are as large as the bodies that come.
    const known = spares.pop();
    const memory =
      known !== undefined && known.length >= bytes ? known : Buffer.allocUnsafeSlow(Math.max(bytes, leastBytes));
    this.memory.copy(memory, 0, 0, this.length);
    spare(this.memory);
    this.memory = memory;
  }
}

function spare(memory: Buffer): void {
  if (memory !== nothing && memory.length <= usualLimitBytes && spares.length < mostSpares) spares.push(memory);
}
