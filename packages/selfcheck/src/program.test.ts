import { Failure } from "@apb/core/failure";
import { expect, it } from "vitest";
import { sentenceOf } from "./program.ts";

it.each([
  [new Failure("usage", "expected a number"), "expected a number"],
  [new Failure("refused", new Failure("unsupported", "no such client").message), "no such client"],
  [new Error("broken"), "broken"],
])("says what %s says", (error, sentence) => {
  expect(sentenceOf(error)).toBe(sentence);
});
