import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearest, unknownWord } from "./nearest.ts";

const words = ["response", "service", "failed", "iterations", "rss"];

describe("nearest", () => {
  it.each([
    ["response", "response"],
    ["Response", "response"],
    ["respnse", "response"],
    ["ressponse", "response"],
    ["resposne", "response"],
    ["rezponse", "response"],
    ["iteration", "iterations"],
    ["failure", "failed"],
    ["rps", "rss"],
    ["latency", null],
    ["xs", null],
    ["", null],
    ["a".repeat(80), null],
  ])("of %j is %j", (word, expected) => {
    expect(nearest(word, words)).toBe(expected);
  });

  it("prefers the fewest slips, then the first", () => {
    expect(nearest("abcd", ["abxx", "abcx", "abcy"])).toBe("abcx");
  });

  it("finds a word again after any one slip", () => {
    const letters = fc.string({ minLength: 2, maxLength: 12, unit: fc.constantFrom(..."abcdef") });
    fc.assert(
      fc.property(letters, fc.nat(), fc.constantFrom("x", "yz"), fc.nat({ max: 3 }), (word, position, others, slip) => {
        const at = position % (slip === 3 ? word.length - 1 : word.length);
        const [head, tail] = [word.slice(0, at), word.slice(at)];
        const slipped = [
          `${head}x${tail}`,
          head + tail.slice(1),
          `${head}x${tail.slice(1)}`,
          head + (tail[1] ?? "") + (tail[0] ?? "") + tail.slice(2),
        ][slip];
        expect(nearest(slipped ?? "", [others.repeat(20), word])).toBe(word);
      }),
    );
  });
});

describe("unknownWord", () => {
  it.each([
    [
      "respnse",
      ["response", "rss"],
      [],
      "there is no metric 'respnse'; did you mean 'response'? Expected response, rss",
    ],
    [
      "http_rqs",
      ["response"],
      ["http_reqs"],
      "there is no metric 'http_rqs'; did you mean 'http_reqs'? Expected response",
    ],
    ["latency", ["response"], [], "there is no metric 'latency'; expected response"],
    ["latency", [], [], "there is no metric 'latency', nor any other"],
  ])("of %j", (word, known, others, sentence) => {
    expect(unknownWord("metric", word, known, others)).toBe(sentence);
  });

  it("cuts a long list", () => {
    const many = Array.from({ length: 18 }, (_, index) => `size=${index}KiB`);
    expect(unknownWord("case", "9", many)).toMatch(/size=15KiB and 2 more$/);
  });
});
