import { Failure } from "@apb/core/failure";

/**
 * Bits of each symbol's code, 0 to 255 and EOS (RFC 7541, Appendix B). The code is canonical: codes of one length
 * follow each other in the order of their symbols, so that the lengths determine the codes.
 */
const codeBits = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26, 30,
];
const endOfString = 256;
const longestCode = 30;

/** The codes of one length: the first of them, and the symbols in their order. */
interface Codes {
  readonly first: number;
  readonly symbols: readonly number[];
}

const codesByLength: readonly Codes[] = (() => {
  const lengths: Codes[] = [];
  let next = 0;
  for (let bits = 0; bits <= longestCode; bits++) {
    const symbols = codeBits.flatMap((length, symbol) => (length === bits ? [symbol] : []));
    lengths.push({ first: next, symbols });
    next = (next + symbols.length) * 2;
  }
  return lengths;
})();

/** The octets that `bytes` between `start` and `end` stand for, as characters. Throws `protocol` (RFC 7541 §5.2). */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string {
  const octets: number[] = [];
  let code = 0;
  let length = 0;
  for (let bit = start * 8; bit < end * 8; bit++) {
    code = code * 2 + (((bytes[bit >> 3] as number) >> (7 - (bit & 7))) & 1);
    length++;
    const { first, symbols } = codesByLength[length] as Codes;
    const symbol = symbols[code - first];
    if (symbol === undefined) continue;
    if (symbol === endOfString) throw new Failure("protocol", "expected a Huffman-coded header, got its EOS symbol");
    octets.push(symbol);
    code = 0;
    length = 0;
  }
  // What is left is padding: less than an octet, the first bits of EOS, which are ones.
  if (length > 7 || code !== 2 ** length - 1)
    throw new Failure("protocol", "expected a Huffman-coded header padded with ones, got other bits at its end");
  return Buffer.from(octets).toString("latin1");
}
