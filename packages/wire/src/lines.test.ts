import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lines } from "./lines.ts";

/** The lines of these bytes, given in pieces that end there. */
function linesOf(bytes: Buffer, cuts: readonly number[], mostBytes = 1000): string[] {
  const got: string[] = [];
  const lines = new Lines((line) => got.push(line), mostBytes);
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  for (const [n, end] of [...ends, bytes.length].entries()) lines.read(bytes.subarray(ends[n - 1] ?? 0, end));
  return got;
}

describe("lines", () => {
  it("come out as they went in, wherever the bytes are cut", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 40 }).map((line) => line.replaceAll("\n", " "));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), fc.array(fc.nat()), (expected, cuts) => {
        const bytes = Buffer.from(expected.map((line) => `${line}\n`).join(""));
        expect(linesOf(bytes, cuts)).toEqual(expected);
      }),
    );
  });

  it("keep an unfinished line to themselves", () => expect(linesOf(Buffer.from("a\nb"), [])).toEqual(["a"]));

  it.each([
    ["in one piece", [], "12345\n"],
    ["in several", [3], "12345\n"],
    ["without an end", [], "1\n12345"],
  ])("are no longer than they may be, %s", (_, cuts, text) => {
    expect(() => linesOf(Buffer.from(text), cuts, 4)).toThrow("at most 4 bytes");
    expect(linesOf(Buffer.from("1234\n"), cuts, 4)).toEqual(["1234"]);
  });
});
