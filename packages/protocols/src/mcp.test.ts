import { describe, expect, it } from "vitest";
import {
  callRequest,
  discoverRequest,
  headerValue,
  isHeaderFor,
  isUnknownTool,
  listRequest,
  readToolPage,
  readToolText,
} from "./mcp.ts";

const _meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "agent-protocol-bench", version: "0.1.0" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

describe("requests", () => {
  it("call a tool with any text", () => {
    const text = '"\\\n\u0000한🤖\ud800';
    expect(JSON.parse(callRequest(2, 'a"b', text))).toEqual({
      jsonrpc: "2.0",
      id: 2,
      method: "tools/call",
      params: { name: 'a"b', arguments: { text }, _meta },
    });
  });

  it("list tools, page by page", () => {
    const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    expect(JSON.parse(listRequest(1, null))).toEqual({ ...list, params: { _meta } });
    expect(JSON.parse(listRequest(1, 'c"'))).toEqual({ ...list, params: { cursor: 'c"', _meta } });
  });

  it("discover the server", () => {
    expect(JSON.parse(discoverRequest("d"))).toEqual({
      jsonrpc: "2.0",
      id: "d",
      method: "server/discover",
      params: { _meta },
    });
  });
});

const resultType = "complete";
const text = (value: string): unknown => ({ type: "text", text: value });

describe("the result of tools/call", () => {
  it.each<[unknown, unknown]>([
    [
      { resultType, content: [text("hi")] },
      { kind: "text", text: "hi" },
    ],
    [
      { resultType, content: [text("")], isError: false },
      { kind: "text", text: "" },
    ],
    [
      { resultType, content: [text("no")], isError: true },
      { kind: "failed", text: "no" },
    ],
    [
      { resultType, content: [], isError: true },
      { kind: "failed", text: "the tool failed" },
    ],
  ])("%j is read", (result, expected) => {
    expect(readToolText(result)).toEqual(expected);
  });

  it.each<[unknown, boolean]>([
    [null, true],
    [[], true],
    [{ content: [text("hi")] }, true],
    [{ resultType: "partial", content: [text("hi")] }, true],
    [{ resultType }, true],
    [{ resultType, content: "hi" }, true],
    [{ resultType, content: [text("hi")], isError: "no" }, true],
    [{ resultType: "input_required", requestState: "s" }, false],
    [{ resultType, content: [] }, false],
    [{ resultType, content: [text("a"), text("b")] }, false],
    [{ resultType, content: [{ type: "image", data: "", mimeType: "image/png" }] }, false],
    [{ resultType, content: [{ type: "text" }] }, false],
    [{ resultType, content: [null] }, false],
  ])("%j is a problem", (result, offSpec) => {
    expect(readToolText(result)).toEqual({ kind: "problem", offSpec, reason: expect.any(String) });
  });
});

describe("the result of tools/list", () => {
  it("is a page", () => {
    const tools = [{ name: "echo", inputSchema: { type: "object" } }, { name: "tokens" }];
    expect(readToolPage({ resultType, tools })).toEqual({
      kind: "tools",
      names: ["echo", "tokens"],
      nextCursor: null,
    });
    expect(readToolPage({ resultType, tools: [], nextCursor: "2" })).toEqual({
      kind: "tools",
      names: [],
      nextCursor: "2",
    });
  });

  it.each<[unknown]>([
    [{ tools: [] }],
    [{ resultType }],
    [{ resultType, tools: [{}] }],
    [{ resultType, tools: [], nextCursor: 2 }],
  ])("%j is off the specification", (result) => {
    expect(readToolPage(result)).toEqual({ kind: "problem", offSpec: true, reason: expect.any(String) });
  });
});

it.each<[number, string, boolean]>([
  [-32602, "Unknown tool: my-agent", true],
  [-32602, "Tool my-agent not found", true],
  [-32602, 'Tool "my-agent" not found', true],
  [-32602, "Tool my-agent disabled", true],
  [-32602, "MCP error -32602: no such tool", true],
  [-32602, "Invalid arguments for tool my-agent: text not given", false],
  [-32602, "Unknown cursor", false],
  [-32601, "Unknown tool: my-agent", false],
])("error %d %j says that the tool is unknown: %j", (code, message, expected) => {
  expect(isUnknownTool({ code, message }, "my-agent")).toBe(expected);
});

it("knows an unknown tool whose name is a word of the message", () => {
  expect(isUnknownTool({ code: -32602, message: "Unknown tool: tool" }, "tool")).toBe(true);
});

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
