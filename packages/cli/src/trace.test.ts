import { expect, it } from "vitest";
import { callSpans, connectSpans, type Mark } from "./trace.ts";

const marks = (...pairs: readonly (readonly [Mark["event"], number])[]): readonly Mark[] =>
  pairs.map(([event, atMs]) => ({ event, atMs }));

it.each<[string, readonly Mark[], (number | null)[]]>([
  [
    "with a name and TLS",
    marks(["begin", 10], ["lookup", 11], ["connect", 13], ["secureConnect", 17], ["read", 20], ["end", 25]),
    [1, 2, 4, 8, 15],
  ],
  ["to an address, plain", marks(["begin", 10], ["connect", 13], ["end", 14]), [null, 3, null, 1, 4]],
  ["that no socket was needed for", marks(["end", 14]), [null, null, null, null, null]],
])("a session %s", (_title, seen, ms) => {
  expect(connectSpans(seen).map((span) => span.ms)).toEqual(ms);
});

it.each<[string, readonly Mark[], (number | null)[]]>([
  ["in several reads", marks(["begin", 1], ["read", 3], ["read", 4], ["read", 7], ["end", 7.5]), [2, 4, 0.5, 6.5]],
  ["in one", marks(["begin", 1], ["read", 3], ["end", 4]), [2, 0, 1, 3]],
  ["that nobody saw come", marks(["begin", 1], ["end", 4]), [null, null, null, 3]],
])("a reply %s", (_title, seen, ms) => {
  expect(callSpans(seen).map((span) => span.ms)).toEqual(ms);
});
