import { z } from "zod";

/** The small words of scenario files. Each says in its error what is expected; what came is added to it. */

const number = String.raw`\d+(?:\.\d+)?\s*`;

/** `500ms`, `2s`, `1m30s`: with its unit. */
export const duration = described(
  new RegExp(String.raw`^\s*(?=\d)(?:${number}h\s*)?(?:${number}m(?!s)\s*)?(?:${number}s\s*)?(?:${number}ms\s*)?$`),
  "expected a duration with its unit, like 500ms, 2s or 1m30s",
);

/** `1KiB`: bytes, with their unit. */
export const size = described(
  /^\d+(?:\.\d+)?\s*(?:B|KB|MB|KiB|MiB)$/,
  "expected a size with its unit, like 1KiB or 512B",
);

/** What names something: a letter, then letters, digits, `_` and `-`. */
export const name = described(/^[A-Za-z_][\w-]*$/, "expected a name of letters, digits, _ and -");

/** A name that expressions can say: no `-`. */
export const variable = described(/^[A-Za-z_]\w*$/, "expected a name of letters, digits and _");

/** A text that is not empty. */
export const text = z.string({ error: "expected a text" }).min(1, "expected a text that is not empty");

/** A CEL expression. */
export const expression = z
  .string({ error: "expected an expression in quotes, like 'reply.count == 3'" })
  .min(1, "expected an expression, like 'reply.count == 3'")
  .describe("CEL over env, vars, data, reply, vu, iteration and durationMs");

/** A number of virtual users, iterations, connections. */
export const count = wholeFrom(1);
export const countOrNone = wholeFrom(0);

/** Per second, or per `timeUnit`. */
export const rate = z
  .number({ error: "expected a number from 0, like 50 or 0.5" })
  .min(0, "expected a number from 0, like 50 or 0.5");

function wholeFrom(least: number) {
  const expected = `expected a whole number from ${least}`;
  return z.int({ error: expected }).min(least, expected);
}

function described(pattern: RegExp, expected: string) {
  return z.string({ error: expected }).regex(pattern, expected);
}
