import { expect, it } from "vitest";
import { AgentFailed } from "./agent.ts";
import { tokens } from "./tokens.ts";

it.each([
  ['{"chunks":3}', ["token-0", "token-1", "token-2"], 0],
  ['{"chunks":2,"intervalMs":5,"sizeBytes":10}', ["token-0...", "token-1..."], 5],
  ['{"chunks":1,"sizeBytes":3}', ["token-0"], 0],
  ['{"chunks":0}', [], 0],
])("streams what %s asks for", (text, chunks, intervalMs) => {
  const answer = tokens.answer(text);
  expect([...answer.chunks]).toEqual(chunks);
  expect(answer.intervalMs).toBe(intervalMs);
});

it.each([
  "",
  "[]",
  "null",
  '{"chunks":-1}',
  '{"chunks":100001}',
  '{"chunks":1,"sizeBytes":65537}',
  '{"chunks":1,"intervalMs":0.5}',
])("refuses %j", (text) => {
  expect(() => tokens.answer(text)).toThrow(AgentFailed);
});
