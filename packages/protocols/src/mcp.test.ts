import { describe, expect, it } from "vitest";
import { callRequest, listRequest, readToolPage, readToolText } from "./mcp.ts";

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
});

const resultType = "complete";
const text = (value: string): unknown => ({ type: "text", text: value });

describe("the result of tools/call", () => {
  it.each<[unknown, unknown]>([
    [
      { resultType, content: [text("hi")] },
      { kind: "message", body: "hi" },
    ],
    [
      { resultType, content: [text("")], isError: false },
      { kind: "message", body: "" },
    ],
    [
      { resultType, content: [text("no")], isError: true },
      { kind: "problem", failure: "agent", message: "no" },
    ],
    [
      { resultType, content: [], isError: true },
      { kind: "problem", failure: "agent", message: "the tool failed" },
    ],
  ])("%j is read", (result, expected) => {
    expect(readToolText(result)).toEqual(expected);
  });

  it.each<[unknown, string]>([
    [null, "protocol"],
    [[], "protocol"],
    [{ content: [text("hi")] }, "protocol"],
    [{ resultType: "partial", content: [text("hi")] }, "protocol"],
    [{ resultType }, "protocol"],
    [{ resultType, content: "hi" }, "protocol"],
    [{ resultType, content: [text("hi")], isError: "no" }, "protocol"],
    [{ resultType: "input_required", requestState: "s" }, "mismatch"],
    [{ resultType, content: [] }, "mismatch"],
    [{ resultType, content: [{ type: "image", data: "", mimeType: "image/png" }] }, "mismatch"],
    [{ resultType, content: [{ type: "text" }] }, "mismatch"],
    [{ resultType, content: [null] }, "mismatch"],
  ])("%j is a problem", (result, failure) => {
    expect(readToolText(result)).toEqual({ kind: "problem", failure, message: expect.any(String) });
  });
});

describe("the result of tools/list", () => {
  it("is a page", () => {
    const tools = [{ name: "echo", inputSchema: { type: "object" } }, { name: "tokens" }];
    expect(readToolPage({ resultType, tools })).toEqual({
      kind: "tools",
      names: ["echo", "tokens"],
      inputs: { echo: { type: "object" }, tokens: undefined },
      nextCursor: null,
    });
    expect(readToolPage({ resultType, tools: [], nextCursor: "2" })).toEqual({
      kind: "tools",
      names: [],
      inputs: {},
      nextCursor: "2",
    });
  });

  it("leaves out a tool whose header annotations are invalid", () => {
    const inputSchema = { type: "object", properties: { score: { type: "number", "x-mcp-header": "Score" } } };
    const tools = [
      { name: "echo", inputSchema: { type: "object" } },
      { name: "score", inputSchema },
    ];
    expect(readToolPage({ resultType, tools })).toMatchObject({ names: ["echo"] });
  });

  it.each<[unknown]>([
    [{ tools: [] }],
    [{ resultType }],
    [{ resultType, tools: [{}] }],
    [{ resultType, tools: [], nextCursor: 2 }],
  ])("%j is off the specification", (result) => {
    expect(readToolPage(result)).toEqual({ kind: "problem", failure: "protocol", message: expect.any(String) });
  });
});
