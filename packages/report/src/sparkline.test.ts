import { expect, it } from "vitest";
import { sparkline } from "./sparkline.ts";

it.each([
  [[], ""],
  [[5], "▅"],
  [[0, 0, 0], "▅▅▅"],
  [[0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"],
  [[7, 0, 7], "█▁█"],
  // Noise of 3% does not look like a mountain range.
  [[100, 103, 97, 100], "▅▆▃▅"],
  [[0.001, 0.002], "▁█"],
])("draws %j as %s", (values, text) => {
  expect(sparkline(values)).toBe(text);
});

it("draws the last of many, on their own scale", () => {
  expect(sparkline([1000, 1, 2, 1], 3)).toBe("▁█▁");
});
