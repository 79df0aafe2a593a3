/** XXH64: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md. For names, not for bulk: it counts in BigInt. */

const mask = (1n << 64n) - 1n;
const prime1 = 0x9e3779b185ebca87n;
const prime2 = 0xc2b2ae3d27d4eb4fn;
const prime3 = 0x165667b19e3779f9n;
const prime4 = 0x85ebca77c2b2ae63n;
const prime5 = 0x27d4eb2f165667c5n;

/** Bytes of one stripe, which four lanes share. */
const stripeBytes = 32;

/** The hash of these bytes with seed 0, as an unsigned 64-bit number. */
export function xxHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const striped = bytes.length - (bytes.length % stripeBytes);
  const begun = striped === 0 ? prime5 : stripes(view, striped);
  return avalanche(tail(view, striped, (begun + BigInt(bytes.length)) & mask));
}

/** The hash of everything up to `end`, a whole number of stripes. */
function stripes(view: DataView, end: number): bigint {
  const lanes = [(prime1 + prime2) & mask, prime2, 0n, -prime1 & mask] as [bigint, bigint, bigint, bigint];
  for (let at = 0; at < end; at += stripeBytes)
    for (const [n, lane] of lanes.entries()) lanes[n] = round(lane, view.getBigUint64(at + 8 * n, true));
  const [a, b, c, d] = lanes;
  const merged = (rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n)) & mask;
  return lanes.reduce((hash, lane) => ((hash ^ round(0n, lane)) * prime1 + prime4) & mask, merged);
}

/** Takes in what is left after the stripes: eight bytes at a time, then four, then one. */
function tail(view: DataView, start: number, begun: bigint): bigint {
  let hash = begun;
  let at = start;
  for (; at + 8 <= view.byteLength; at += 8)
    hash = (rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * prime1 + prime4) & mask;
  if (at + 4 <= view.byteLength) {
    hash = (rotate(hash ^ ((BigInt(view.getUint32(at, true)) * prime1) & mask), 23n) * prime2 + prime3) & mask;
    at += 4;
  }
  for (; at < view.byteLength; at++)
    hash = (rotate(hash ^ ((BigInt(view.getUint8(at)) * prime5) & mask), 11n) * prime1) & mask;
  return hash;
}

function round(lane: bigint, input: bigint): bigint {
  return (rotate((lane + input * prime2) & mask, 31n) * prime1) & mask;
}

function avalanche(hash: bigint): bigint {
  const first = ((hash ^ (hash >> 33n)) * prime2) & mask;
  const second = ((first ^ (first >> 29n)) * prime3) & mask;
  return second ^ (second >> 32n);
}

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & mask;
}
