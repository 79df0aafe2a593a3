import { describe, expect, it } from "vitest";
import { parseMessage } from "./jsonrpc.ts";
import {
  answerToServer,
  cancelledText,
  initializedText,
  initializeRequest,
  isSessionVersion,
  messageEvent,
  readInitialize,
  readInitialized,
  sessionCallRequest,
  sessionListRequest,
} from "./mcp-session.ts";
import { readSse } from "./sse.ts";

const clientInfo = { name: "agent-protocol-bench", version: "0.1.0" };

describe("messages of a client", () => {
  it.each<[string, string, object]>([
    [
      "initialize",
      initializeRequest(0),
      { id: 0, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo } },
    ],
    ["initialized", initializedText, { method: "notifications/initialized", params: {} }],
    ["cancelled", cancelledText("a"), { method: "notifications/cancelled", params: { requestId: "a" } }],
    ["the first page of tools", sessionListRequest(1, null), { id: 1, method: "tools/list", params: {} }],
    ["a page of tools", sessionListRequest(1, 'c"'), { id: 1, method: "tools/list", params: { cursor: 'c"' } }],
    [
      "a call",
      sessionCallRequest(2, 'a"b', '"\\\n\u0000한🤖\ud800'),
      { id: 2, method: "tools/call", params: { name: 'a"b', arguments: { text: '"\\\n\u0000한🤖\ud800' } } },
    ],
    ["pong", answerToServer({ id: "p", method: "ping" }), { id: "p", result: {} }],
    [
      "a refusal",
      answerToServer({ id: 7, method: "sampling/createMessage" }),
      { id: 7, error: { code: -32601, message: "this client has no sampling/createMessage" } },
    ],
  ])("%s", (_name, body, expected) => {
    expect(JSON.parse(body)).toEqual({ jsonrpc: "2.0", ...expected });
    expect(readSse(messageEvent(body))).toEqual([{ event: "message", data: body }]);
    expect(parseMessage(body)?.kind).not.toBe("invalid");
  });
});

const agreed = { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "s", version: "1" } };

describe("the result of initialize", () => {
  it("is read", () => {
    expect(readInitialized(agreed)).toEqual({ kind: "initialized", version: "2025-11-25" });
  });

  it.each<[unknown, string]>([
    [null, "protocol"],
    [{ ...agreed, protocolVersion: 1 }, "protocol"],
    [{ ...agreed, capabilities: [] }, "protocol"],
    [{ ...agreed, serverInfo: undefined }, "protocol"],
    [{ ...agreed, protocolVersion: "2024-11-05" }, "rejected"],
  ])("%j is a problem", (result, failure) => {
    expect(readInitialized(result)).toMatchObject({ kind: "problem", failure });
  });
});

const asked = { protocolVersion: "2025-11-25", capabilities: { roots: {} }, clientInfo };

describe("the params of initialize", () => {
  it.each([
    ["2025-11-25", "2025-11-25"],
    ["2025-06-18", "2025-06-18"],
    ["2025-03-26", "2025-11-25"],
    ["2026-07-28", "2025-11-25"],
    ["", "2025-11-25"],
  ])("version %s is answered with %s", (protocolVersion, version) => {
    expect(readInitialize({ ...asked, protocolVersion })).toEqual({
      kind: "initialize",
      version,
      capabilities: { roots: {} },
    });
  });

  it.each<[unknown]>([
    [undefined],
    [[asked]],
    [{ ...asked, protocolVersion: 1 }],
    [{ ...asked, capabilities: null }],
    [{ ...asked, clientInfo: undefined }],
    [{ ...asked, clientInfo: { name: "c" } }],
  ])("%j are refused", (params) => {
    expect(readInitialize(params)).toEqual(expect.stringMatching(/^expected /));
  });
});

it.each<[string | string[] | undefined, boolean]>([
  [undefined, true],
  ["2025-11-25", true],
  ["2025-06-18", true],
  ["2025-03-26", false],
  ["2026-07-28", false],
  ["", false],
  [["2025-11-25"], false],
])("the version header %j suits a session: %j", (header, expected) => {
  expect(isSessionVersion(header)).toBe(expected);
});
