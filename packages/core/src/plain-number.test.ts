import { expect, it } from "vitest";
import { plainNumber } from "./plain-number.ts";

it.each([
  [0.5, 2, "0.50"],
  [15, 3, "15.0"],
  [99.4, 2, "99"],
  [99.6, 2, "100"],
  [2814.6, 3, "2815"],
  [-2814.6, 3, "-2815"],
])("%d to %d digits is %s", (value, digits, text) => {
  expect(plainNumber(value, digits)).toBe(text);
});
