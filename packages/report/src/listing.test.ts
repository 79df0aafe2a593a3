import { describe, expect, it } from "vitest";
import { listing, widthOf, wrapped } from "./listing.ts";

describe("wrapped", () => {
  it.each([
    ["breaks between words", "one two three", 7, "one two\nthree"],
    ["keeps lines apart", "one\ntwo three", 20, "one\ntwo three"],
    ["breaks only the word that is longer than a line", "an 0123456789 end", 4, "an\n0123\n4567\n89\nend"],
    ["does not count colours", "\u001b[1mone two\u001b[22m three", 7, "\u001b[1mone two\u001b[22m\nthree"],
    ["leaves nothing as nothing", "", 5, ""],
  ])("%s", (_what, text, room, expected) => {
    expect(wrapped(text, room)).toBe(expected);
    for (const line of expected.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(room);
  });
});

describe("listing", () => {
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
