import { expect, it } from "vitest";
import { callRequest, streamRequest } from "./mcp.ts";
import { progressMethod, progressOf, progressText, progressTokenIn, progressTokenOf } from "./mcp-progress.ts";
import { sessionCallRequest, sessionStreamRequest } from "./mcp-session.ts";

it("asks for progress by the id of its request, and for nothing else than a call does", () => {
  for (const [stream, call] of [
    [streamRequest(7, "a b", "x"), callRequest(7, "a b", "x")],
    [sessionStreamRequest(7, "a b", "x"), sessionCallRequest(7, "a b", "x")],
  ] as const) {
    const { params, ...others } = JSON.parse(stream);
    const { progressToken, ...meta } = params._meta;
    expect(progressToken).toBe(7);
    expect(progressTokenIn(params)).toBe(7);
    const plain = JSON.parse(call);
    expect({ ...others, params: { ...params, _meta: meta } }).toEqual({
      ...plain,
      params: { ...plain.params, _meta: plain.params._meta ?? {} },
    });
  }
});

it.each([
  [{}, null],
  [{ _meta: null }, null],
  [{ _meta: { progressToken: 1.5 } }, null],
  [{ _meta: { progressToken: "a" } }, "a"],
])("reads the token of %j", (params, token) => {
  expect(progressTokenIn(params)).toBe(token);
});

it("reads what it writes, and nothing else", () => {
  const told = JSON.parse(progressText({ progressToken: 3, progress: 1, message: "m" }));
  expect([progressTokenOf(told), progressOf(told, 3), progressOf(told, 4)]).toEqual([3, "m", null]);
  expect(progressOf({ method: progressMethod, params: { progressToken: 3, progress: 1 } }, 3)).toBeNull();
  expect(progressOf({ ...told, method: "notifications/message" }, 3)).toBeNull();
  expect(progressTokenOf({ method: progressMethod, params: null })).toBeNull();
});
