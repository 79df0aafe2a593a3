import { describe, expect, it } from "vitest";
import { endText, LastWords } from "./last-words.ts";

function said(...words: readonly string[]): LastWords {
  const lastWords = new LastWords();
  for (const text of words) lastWords.hear(text);
  return lastWords;
}

describe("last words", () => {
  it.each<[string, readonly string[], string]>([
    ["nothing", [], ""],
    [
      "the error above a stack",
      ["x.js:1\n\nTypeError: no", " function\n    at x.js:1\n\nNode.js v20\n"],
      "TypeError: no function",
    ],
    ["the last three lines", ["one\ntwo\n", "three\nfour\n\n"], "two | three | four"],
    ["of much only the end", Array.from({ length: 50 }, (_, n) => `${n}\n`), "47 | 48 | 49"],
  ])("are %s", (_, words, gist) => expect(said(...words).gist).toBe(gist));

  it.each<[string, number | null, string | null, string]>([
    ["an exit", 1, null, "exit code 1: no"],
    ["a signal", null, "SIGKILL", "signal SIGKILL: no"],
  ])("tell why, behind %s", (_, exitCode, signalCode, text) =>
    expect(endText({ exitCode, signalCode }, "no")).toBe(text),
  );

  it("need not be there", () => expect(endText({ exitCode: 0, signalCode: null }, "")).toBe("exit code 0"));
});
