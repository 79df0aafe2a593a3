import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorText, notificationText, parseMessage, readMessage, requestText, resultText } from "./jsonrpc.ts";

const read = (text: string): unknown => readMessage(JSON.parse(text));

describe("what is written can be read", () => {
  it.each([0, -7, 2 ** 53 - 1, "", "a-1", '"\\\u2028'])("with the id %j", (id) => {
    expect(read(requestText(id, "tools/call", '{"a":1}'))).toEqual({
      kind: "request",
      id,
      method: "tools/call",
      params: { a: 1 },
    });
    expect(read(resultText(id, '{"b":2}'))).toEqual({ kind: "result", id, result: { b: 2 } });
    const error = { code: -32602, message: 'no "x"', data: [1] };
    expect(read(errorText(id, error))).toEqual({ kind: "error", id, error });
  });

  it("without an id where the request's could not be made out", () => {
    const error = { code: -32700, message: "not JSON" };
    expect(errorText(null, error)).toBe('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"not JSON"}}');
    expect(read(errorText(null, error))).toEqual({ kind: "error", id: null, error });
    expect(readMessage({ jsonrpc: "2.0", error })).toEqual({ kind: "error", id: null, error });
  });
});

it("reads a notification", () => {
  expect(read('{"jsonrpc":"2.0","method":"a"}')).toEqual({ kind: "notification", method: "a", params: undefined });
});

it.each<[unknown, unknown]>([
  [null, null],
  ["text", null],
  [[], null],
  [[{ jsonrpc: "2.0", id: 1, method: "a" }], null],
  [{}, null],
  [{ id: 1, method: "a" }, 1],
  [{ jsonrpc: "1.0", id: 1, method: "a" }, 1],
  [{ jsonrpc: "2.0", id: 1, method: 2 }, 1],
  [{ jsonrpc: "2.0", id: 1, method: "a", params: "b" }, 1],
  [{ jsonrpc: "2.0", id: 1, method: "a", params: null }, 1],
  [{ jsonrpc: "2.0", id: null, method: "a" }, null],
  [{ jsonrpc: "2.0", id: 1.5, method: "a" }, null],
  [{ jsonrpc: "2.0", id: 2 ** 53, method: "a" }, null],
  [{ jsonrpc: "2.0", id: {}, method: "a" }, null],
  [{ jsonrpc: "2.0", id: 1 }, 1],
  [{ jsonrpc: "2.0", result: 1 }, null],
  [{ jsonrpc: "2.0", id: null, result: 1 }, null],
  [{ jsonrpc: "2.0", id: 1, result: 1, error: { code: 1, message: "" } }, 1],
  [{ jsonrpc: "2.0", id: [], error: { code: 1, message: "" } }, null],
  [{ jsonrpc: "2.0", id: 1, error: { code: "1", message: "" } }, 1],
  [{ jsonrpc: "2.0", id: 1, error: { code: 1 } }, 1],
  [{ jsonrpc: "2.0", id: 1, error: null }, 1],
])("finds no message in %j", (value, id) => {
  expect(readMessage(value)).toEqual({ kind: "invalid", id, reason: expect.any(String) });
});

it("reads text, and says what is none", () => {
  expect(parseMessage('{"jsonrpc":"2.0","id":1,"method":"a"}')).toMatchObject({ kind: "request", id: 1 });
  expect(parseMessage(notificationText("a", { b: 1 }))).toEqual({
    kind: "notification",
    method: "a",
    params: { b: 1 },
  });
  expect([parseMessage("[]")?.kind, parseMessage("{")]).toEqual(["invalid", null]);
});

it("reads any JSON without throwing", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(readMessage(value).kind).toBe("invalid");
    }),
  );
});
