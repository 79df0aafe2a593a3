import type { Expected } from "@apb/core/call";
import { asFailure } from "@apb/core/failure";
import { expect, it } from "vitest";
import { expectationOf } from "./expectation.ts";

const json = '{"count":3,"items":[{"n":1}]}';

it.each<[expected: Expected, body: string, complaint: string | null]>([
  [{ kind: "contains", text: "b" }, "abc", null],
  [{ kind: "contains", text: "x" }, "abc", 'expected a reply with "x" in it, got "abc"'],
  [{ kind: "equals", text: "abc" }, "abc", null],
  [{ kind: "equals", text: "ab" }, "abc", 'expected a reply "ab", got "abc"'],
  [{ kind: "holds", expression: "reply.count == 3 && reply.items[0].n < 2" }, json, null],
  [{ kind: "holds", expression: "reply.count + 1 > 3" }, json, null],
  [{ kind: "holds", expression: "size(reply.items) > 1" }, json, "of which size(reply.items) > 1 is true"],
  [{ kind: "holds", expression: "reply.other == 1" }, json, "reply.other == 1: No such key: other; the reply is"],
  [{ kind: "holds", expression: "reply.count" }, json, "of which reply.count is true"],
  [{ kind: "holds", expression: 'reply.startsWith("[not")' }, "[not JSON", null],
  [{ kind: "contains", text: "x" }, "y".repeat(300), `${"y".repeat(200)}"… (300 characters)`],
])("%j of %s", (expected, body, complaint) => {
  const check = (): void => expectationOf(expected)({ kind: "message", body });
  if (complaint === null) check();
  else expect(check).toThrow(complaint);
});

it.each(["reply ==", "repl == 1"])("refuses the expression %s before anything is asked", (expression) => {
  const failure = ((): unknown => {
    try {
      return expectationOf({ kind: "holds", expression });
    } catch (error) {
      return asFailure(error);
    }
  })();
  expect(failure).toMatchObject({ kind: "usage", sentence: expect.stringContaining(`got ${expression}: `) });
});
