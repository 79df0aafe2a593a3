import { expect, it } from "vitest";
import { headerValue, isHeaderFor } from "./mcp-header-values.ts";

it.each<[name: string, header: string]>([
  ["echo", "echo"],
  ["two words", "two words"],
  ["", "=?base64??="],
  [" padded ", "=?base64?IHBhZGRlZCA=?="],
  ["line1\nline2", "=?base64?bGluZTEKbGluZTI=?="],
  ["Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="],
  ["=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="],
])("the name %j travels as %j", (name, header) => {
  expect(headerValue(name)).toBe(header);
  expect(isHeaderFor(header, name)).toBe(true);
});

it.each<[header: string, name: string, expected: boolean]>([
  ["=?base64?ZWNobw==?=", "echo", true],
  ["Echo", "echo", false],
  ["=?base64?ZWNobw?=", "echo", false],
  ["=?BASE64?ZWNobw==?=", "echo", false],
  ["=?base64?literal?=", "=?base64?literal?=", false],
  ["=?base64?=", "", false],
])("the header %j stands for %j: %j", (header, name, expected) => {
  expect(isHeaderFor(header, name)).toBe(expected);
});
