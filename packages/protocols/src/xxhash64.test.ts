import { describe, expect, it } from "vitest";
import { xxHash64 } from "./xxhash64.ts";

/** Published with the reference implementation and its ports, of seed 0. */
const published: readonly (readonly [text: string, hash: bigint])[] = [
  ["", 0xef46db3751d8e999n],
  ["a", 0xd24ec4f1a98c6e5bn],
  ["abc", 0x44bc2cf5ad770999n],
  ["Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1n],
];

describe("xxHash64", () => {
  it.each(published)("of %j", (text, hash) => {
    expect(xxHash64(new TextEncoder().encode(text))).toBe(hash);
  });

  it("takes bytes in the middle of others", () => {
    const bytes = new TextEncoder().encode("<abc>");
    expect(xxHash64(bytes.subarray(1, 4))).toBe(0x44bc2cf5ad770999n);
  });
});
