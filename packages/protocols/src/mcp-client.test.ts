import { describe, expect, it } from "vitest";
import { allTools, isUnknownTool, readRefusal, readToolPage, readToolText } from "./mcp-client.ts";

const text = (value: string): unknown => ({ type: "text", text: value });

it("reads results that say nothing about being complete", () => {
  expect(readToolText({ content: [text("hi")] })).toEqual({ kind: "message", body: "hi" });
  expect(readToolText({ content: [text("a"), { type: "image" }, text("b")] })).toEqual({ kind: "message", body: "ab" });
  expect(readToolText({ content: [], structuredContent: { n: 1 } })).toEqual({ kind: "message", body: '{"n":1}' });
  expect(readToolText({ content: [{ type: "image" }] })).toMatchObject({ failure: "mismatch" });
  expect(readToolText({ content: [{ type: "text" }] })).toMatchObject({ failure: "mismatch" });
  expect(readToolText({ content: [text("no "), text("luck")], isError: true })).toMatchObject({
    failure: "agent",
    message: "no luck",
  });
  expect(readToolText(null)).toMatchObject({ failure: "protocol" });
  expect(readToolPage({ tools: [{ name: "a" }, { name: "b" }] }, ({ name }) => name !== "a")).toEqual({
    kind: "tools",
    names: ["b"],
    inputs: { b: undefined },
    nextCursor: null,
  });
  expect(readToolPage([], () => true)).toMatchObject({ failure: "protocol" });
});

it("asks for page after page", async () => {
  const asked: (string | null)[] = [];
  const { agents, inputs } = await allTools(async (cursor) => {
    asked.push(cursor);
    const name = `after ${cursor}`;
    return { kind: "tools", names: [name], inputs: { [name]: cursor }, nextCursor: cursor === null ? "2" : null };
  });
  expect([asked, agents]).toEqual([
    [null, "2"],
    ["after null", "after 2"],
  ]);
  expect(inputs).toEqual({ "after null": null, "after 2": "2" });
});

describe("errors", () => {
  it.each<[tool: string | null, code: number, message: string, failure: string]>([
    ["x", -32602, "Unknown tool: x", "unknown-agent"],
    [null, -32602, "Unknown tool: x", "rejected"],
    ["x", -32600, "no", "rejected"],
  ])("to %s: %d %s is %s", (tool, code, message, failure) => {
    expect(readRefusal({ code, message }, tool)).toMatchObject({ failure, message: expect.stringContaining(message) });
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
});
