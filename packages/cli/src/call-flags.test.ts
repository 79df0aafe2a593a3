import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import { body, callOf, envHeader, expected, header, headersOf } from "./call-flags.ts";

describe("--body", () => {
  it.each([
    ["hello", "hello"],
    ["", ""],
    ["[not JSON", "[not JSON"],
    ["3", "3"],
    [' {"top": 2}', { json: '{"top":2}', value: { top: 2 } }],
    ["[1]", { json: "[1]", value: [1] }],
  ])("%s", (text, said) => expect(body(text)).toEqual(said));

  it("reads a file, and says which it cannot read", () => {
    expect(body(`@${new URL("../package.json", import.meta.url).pathname}`)).toMatchObject({
      value: { name: "@apb/cli" },
    });
    expect(() => body("@no/such/file")).toThrow("Cannot read no/such/file: ENOENT.");
  });
});

describe("--header", () => {
  it.each([
    ["Authorization: Bearer a:b", { authorization: "Bearer a:b" }],
    ["X-Trace:1", { "x-trace": "1" }],
    ["x-empty: ", { "x-empty": "" }],
  ])("%s", (text, headers) => expect(headersOf({ header: header(text, undefined) })).toEqual(headers));

  it.each([
    ["Bearer x", "Expected 'Name: value'."],
    ["Content-Type: text/plain", "Content-Type is the protocol's own; leave it out."],
    ["x-y: caf\u00e9", "Expected a value of x-y in printable ASCII."],
    ["x-y: a\r\nb: c", "Expected a value of x-y in printable ASCII."],
    ["(x): y", "Expected a header's name before the value."],
  ])("is not %j", (text, sentence) => {
    expect(() => header(text, undefined)).toThrow(new InvalidArgumentError(sentence));
  });

  it("comes from the environment too, and the last of a name counts", () => {
    process.env.APB_TEST_TOKEN = "Bearer t";
    try {
      const envHeaders = envHeader("authorization=APB_TEST_TOKEN", undefined);
      expect(headersOf({ header: header("Authorization: x", undefined), envHeader: envHeaders })).toEqual({
        authorization: "Bearer t",
      });
    } finally {
      delete process.env.APB_TEST_TOKEN;
    }
    expect(() => envHeader("authorization=APB_TEST_NONE", undefined)).toThrow("APB_TEST_NONE is not set");
    expect(() => envHeader("authorization", undefined)).toThrow("Expected Name=VARIABLE");
  });
});

describe("--expect", () => {
  it.each([
    ["contains:a:b", { kind: "contains", text: "a:b" }],
    ["equals:", { kind: "equals", text: "" }],
    ["reply.n == 1", { kind: "holds", expression: "reply.n == 1" }],
  ])("%s", (text, one) => expect(expected(text, undefined)).toEqual([one]));

  it("says what is wrong with an expression", () => {
    expect(() => expected("reply.n ==", undefined)).toThrow(/expected a CEL expression about reply/);
  });
});

describe("a call", () => {
  it("is of an agent that is named", () => {
    expect(callOf({})).toBeNull();
    expect(callOf({ agent: "a" })).toEqual({ agent: "a", body: null, expect: [] });
    expect(() => callOf({ body: "x" })).toThrow("--body is about a call to an agent of yours: add --agent");
    expect(() => callOf({ expect: [] })).toThrow("--expect is about");
  });
});
