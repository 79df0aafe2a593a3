import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clipped, listing, widthOf, wrapped } from "./listing.ts";

/** Texts of letters, Korean syllables and letters apart (jamo), Chinese, emoji of several code points, colours, spaces. */
const texts = fc
  .array(fc.constantFrom("a", "word", " ", "한", "국어", "한", "漢", "👩‍👩‍👧", "é", "…"))
  .map((parts) => parts.join(""));

describe("widthOf", () => {
  it.each([
    ["", 0],
    ["abc", 3],
    ["한국어", 6],
    ["한", 2],
    ["漢字 and 한글", 13],
    ["\u001b[31m빨강\u001b[39m", 4],
    ["short\nlonger", 6],
  ])("of %j is %d columns", (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });
});

describe("clipped", () => {
  it.each([
    ["a line that fits", 16, "a line that fits"],
    ["a line that does", 15, "a line that do…"],
    ["한국어 표", 9, "한국어 표"],
    ["한국어 표", 8, "한국어 …"],
    ["한국어 표", 4, "한…"],
    ["한국어", 2, "…"],
    ["한국어", 1, "…"],
    ["한국어", 0, ""],
  ])("%j to %d columns", (line, room, expected) => {
    expect(clipped(line, room)).toBe(expected);
  });

  it("never takes more than the room", () => {
    fc.assert(fc.property(texts, fc.nat(20), (line, room) => widthOf(clipped(line, room)) <= room));
  });
});

describe("wrapped", () => {
  it.each([
    ["breaks between words", "one two three", 7, "one two\nthree"],
    ["keeps lines apart", "one\ntwo three", 20, "one\ntwo three"],
    ["breaks only the word that is longer than a line", "an 0123456789 end", 4, "an\n0123\n4567\n89\nend"],
    ["does not count colours", "\u001b[1mone two\u001b[22m three", 7, "\u001b[1mone two\u001b[22m\nthree"],
    ["leaves nothing as nothing", "", 5, ""],
    ["counts the columns of wide characters", "한국어 표 안에", 9, "한국어 표\n안에"],
    ["breaks no character", "가나다라", 5, "가나\n다라"],
  ])("%s", (_what, text, room, expected) => {
    expect(wrapped(text, room)).toBe(expected);
    for (const line of expected.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(room);
  });
});

describe("wrapped text", () => {
  it("has no line wider than the room, and nothing is lost", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 2, max: 30 }), (text, room) => {
        const lines = wrapped(text, room).split("\n");
        expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(room);
        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      }),
    );
  });
});

describe("listing", () => {
  it("puts text beside wide labels", () => {
    expect(
      listing(
        [
          ["한국어", "one two"],
          ["abc", "three"],
        ],
        13,
      ),
    ).toBe("한국어  one\n        two\nabc     three");
  });

  it("wraps the last column, beside its label", () => {
    expect(listing([["a", "one two three four"]], 14)).toBe("a  one two\n   three four");
    expect(
      listing(
        [
          ["a", "one"],
          ["long", "two"],
        ],
        20,
      ),
    ).toBe("a     one\nlong  two");
  });

  it("needs no labels", () => {
    expect(listing([["one two"], ["three"]], 5)).toBe("one\ntwo\nthree");
  });
});
