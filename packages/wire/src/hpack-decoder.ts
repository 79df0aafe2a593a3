import { Failure } from "@apb/core/failure";
import { decodeHuffman } from "./hpack-huffman.ts";
import { entryBytes, type Field, staticTable } from "./hpack-static.ts";

/** The size of a dynamic table unless settings say otherwise, in bytes (RFC 9113 §6.5.2). */
export const defaultTableBytes = 4096;
/** Integers of the format have no limit; ours is above anything a header can need. */
const largestInteger = 2 ** 28;

/** Entries of a dynamic table: the servers measured here have fewer. */
const mostExact = 8;
const nothing = Buffer.alloc(0);

/** Reads the header blocks of one direction of a connection, in their order (RFC 7541). */
export class HpackDecoder {
  /** Grows whenever the dynamic table changes: a block that leaves it as it is means the same until then. */
  version = 0;
  /** Oldest first. */
  private entries: Field[] = [];
  private entriesBytes = 0;
  private capacity: number;
  private readonly limit: number;
  private bytes: Buffer = nothing;
  private at = 0;
  private end = 0;

  /** `limit` is our SETTINGS_HEADER_TABLE_SIZE. */
  constructor(limit = defaultTableBytes) {
    this.limit = limit;
    this.capacity = limit;
  }

  /** The fields of the block between `start` and `end`. Throws `protocol`; the table is of no use after that. */
  decode(bytes: Buffer, start: number, end: number): Field[] {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    const fields: Field[] = [];
    while (this.at < end) {
      const octet = bytes[this.at] as number;
      if (octet >= 0x80) fields.push(this.entry(this.integer(7)));
      else if (octet >= 0x40) fields.push(this.insert(this.literal(6)));
      else if (octet >= 0x20) this.resize(this.integer(5), fields.length > 0);
      else fields.push(this.literal(4));
    }
    return fields;
  }

  /** RFC 7541 §2.3.3. */
  private entry(index: number): Field {
    const found =
      index <= staticTable.length
        ? staticTable[index - 1]
        : this.entries[this.entries.length - (index - staticTable.length)];
    if (found === undefined) throw new Failure("protocol", `expected an index of a header table, got ${index}`);
    return found;
  }

  /** RFC 7541 §6.2. */
  private literal(prefixBits: number): Field {
    const index = this.integer(prefixBits);
    const name = index === 0 ? this.text() : this.entry(index)[0];
    return [name, this.text()];
  }

  /** RFC 7541 §4.4: an entry larger than the table empties it. */
  private insert(field: Field): Field {
    this.version++;
    const bytes = entryBytes(field);
    this.evict(this.capacity - bytes);
    if (bytes > this.capacity) return field;
    // A copy has no spare capacity; `push` onto an empty array makes V8 reserve 17 slots, 136 bytes for each connection.
    if (this.entries.length < mostExact) this.entries = [...this.entries, field];
    else this.entries.push(field);
    this.entriesBytes += bytes;
    return field;
  }

  /** RFC 7541 §4.2: only at the beginning of a block, and never above what we allow. */
  private resize(capacity: number, late: boolean): void {
    if (late) throw new Failure("protocol", "expected a header table size update before the fields, got one after");
    if (capacity > this.limit)
      throw new Failure("protocol", `expected a header table of at most ${this.limit} bytes, got ${capacity}`);
    this.version++;
    this.capacity = capacity;
    this.evict(capacity);
  }

  private evict(bytes: number): void {
    while (this.entriesBytes > bytes) {
      const oldest = this.entries.shift();
      if (oldest === undefined) return;
      this.entriesBytes -= entryBytes(oldest);
    }
  }

  /** RFC 7541 §5.1. */
  private integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.octet() & mask;
    if (value < mask) return value;
    for (let factor = 1; factor < largestInteger; factor *= 128) {
      const octet = this.octet();
      value += (octet & 0x7f) * factor;
      if (octet < 0x80 && value < largestInteger) return value;
    }
    throw new Failure("protocol", `expected an integer of a header below ${largestInteger}, got a larger one`);
  }

  /** RFC 7541 §5.2. */
  private text(): string {
    const huffman = (this.bytes[this.at] as number) >= 0x80;
    const length = this.integer(7);
    const start = this.at;
    if (length > this.end - start) throw ended();
    this.at += length;
    return huffman ? decodeHuffman(this.bytes, start, this.at) : this.bytes.toString("latin1", start, this.at);
  }

  private octet(): number {
    if (this.at >= this.end) throw ended();
    return this.bytes[this.at++] as number;
  }
}

function ended(): Failure {
  return new Failure("protocol", "expected a complete header block, got one that ends in the middle of a field");
}
