import { expect, it } from "vitest";
import { heldBytes, textBytes } from "./held-bytes.ts";

it.each([
  ["", 24],
  ["hello", 29],
  ["한", 26],
  ["a한", 28],
])("counts %j as V8 stores it", (text, bytes) => {
  expect(textBytes(text)).toBe(bytes);
});

it("counts objects and arrays, not only texts", () => {
  const empty = JSON.parse(`[${"{},".repeat(999)}{}]`);
  expect(heldBytes(empty)).toBeGreaterThan(50_000);
  expect(heldBytes({ text: "x".repeat(1000) })).toBeGreaterThan(1000);
  expect(heldBytes([null, 1, true])).toBeLessThan(200);
});

it("counts a text that is kept anyway as nothing", () => {
  const text = "x".repeat(1000);
  expect(heldBytes([text, { text }], text)).toBeLessThan(300);
});

it("follows what is nested a hundred thousand deep", () => {
  const deep = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
  expect(heldBytes(deep)).toBeGreaterThan(1_000_000);
});
