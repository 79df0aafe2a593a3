import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandIn, commandUrl, type Words } from "./command-url.ts";

const text = fc.string({ unit: "grapheme" });

describe("the address of a server that its clients start", () => {
  it("is a URL that holds the command and its variables, whatever they are", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), fc.dictionary(text, text), (words, env) => {
        const url = commandUrl(words as unknown as Words, env);
        expect(URL.canParse(url)).toBe(true);
        expect(JSON.stringify(commandIn(url))).toBe(JSON.stringify({ words, env }));
      }),
    );
    expect(commandIn(commandUrl(["a", "b"]))).toEqual({ words: ["a", "b"], env: {} });
  });

  it.each([
    "http://localhost:1/",
    "stdio:",
    "stdio:[]",
    'stdio:{"words":[],"env":{}}',
    'stdio:{"words":["a"]}',
    "stdio:%",
  ])("is not %s", (url) => {
    expect(() => commandIn(url)).toThrow(expect.objectContaining({ kind: "usage" }));
  });
});
