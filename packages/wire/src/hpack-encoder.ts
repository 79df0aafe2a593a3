import { defaultTableBytes } from "./hpack-decoder.ts";
import { entryBytes, type Field, staticTable } from "./hpack-static.ts";

const staticFields = new Map<string, number>();
const staticNames = new Map<string, number>();
for (const [index, field] of staticTable.entries()) {
  staticFields.set(field.join("\0"), index + 1);
  if (!staticNames.has(field[0])) staticNames.set(field[0], index + 1);
}

/**
 * Writes the header blocks of one direction of a connection (RFC 7541). Fields enter the peer's dynamic table while
 * there is room, and nothing ever leaves it: requests of a benchmark repeat from the first to the last. No Huffman code.
 */
export class HpackEncoder {
  /** Grows whenever the peer's table changes: a block is valid again until then, unless it was what changed it. */
  version = 0;
  /** How many fields were in the table before each of them. */
  private readonly ordinals = new Map<string, number>();
  private entriesBytes = 0;
  private capacity = defaultTableBytes;
  private announce = false;

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. Below the default the table is given up; above it nothing changes. */
  limit(bytes: number): void {
    if (bytes >= this.capacity) return;
    this.version++;
    this.ordinals.clear();
    this.capacity = 0;
    this.announce = true;
  }

  /** A block that must be sent before the next one is encoded. */
  encode(fields: readonly Field[]): Buffer {
    const octets: number[] = [];
    if (this.announce) {
      // RFC 7541 §4.2: a smaller table is confirmed at the beginning of the next block.
      octets.push(0x20);
      this.announce = false;
      this.version++;
    }
    for (const field of fields) this.encodeField(octets, field);
    return Buffer.from(octets);
  }

  private encodeField(octets: number[], field: Field): void {
    const key = keyOf(field);
    const index = staticFields.get(key) ?? this.dynamicIndex(key);
    if (index === undefined) this.literal(octets, field, key);
    else integer(octets, 0x80, 7, index);
  }

  private literal(octets: number[], field: Field, key: string): void {
    const fits = this.entriesBytes + entryBytes(field) <= this.capacity;
    const [name, value] = field;
    const nameIndex = staticNames.get(name) ?? 0;
    integer(octets, fits ? 0x40 : 0, fits ? 6 : 4, nameIndex);
    if (nameIndex === 0) text(octets, name);
    text(octets, value);
    if (!fits) return;
    this.version++;
    this.ordinals.set(key, this.ordinals.size);
    this.entriesBytes += entryBytes(field);
  }

  /** The newest entry is the first one (RFC 7541 §2.3.3). */
  private dynamicIndex(key: string): number | undefined {
    const ordinal = this.ordinals.get(key);
    return ordinal === undefined ? undefined : staticTable.length + this.ordinals.size - ordinal;
  }
}

/** The key of each field object. Connections to one origin share those objects, and so one key instead of one each. */
const keys = new WeakMap<Field, string>();

function keyOf(field: Field): string {
  let key = keys.get(field);
  if (key === undefined) {
    key = field.join("\0");
    keys.set(field, key);
  }
  return key;
}

/** RFC 7541 §5.1. */
function integer(octets: number[], pattern: number, prefixBits: number, value: number): void {
  const mask = (1 << prefixBits) - 1;
  if (value < mask) {
    octets.push(pattern | value);
    return;
  }
  octets.push(pattern | mask);
  let rest = value - mask;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 0x80);
  octets.push(rest);
}

/** RFC 7541 §5.2, as it is. */
function text(octets: number[], value: string): void {
  integer(octets, 0, 7, value.length);
  for (let n = 0; n < value.length; n++) octets.push(value.charCodeAt(n));
}
