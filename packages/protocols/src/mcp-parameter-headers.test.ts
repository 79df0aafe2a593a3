import { describe, expect, it } from "vitest";
import { headerParameters, mismatchedHeader, parameterHeaders } from "./mcp-parameter-headers.ts";

const object = (properties: object): object => ({ type: "object", properties });
const marked = (name: unknown, type: unknown = "string"): object => ({ type, "x-mcp-header": name });

describe("headerParameters", () => {
  it.each<[string, unknown, object[]]>([
    ["no schema", undefined, []],
    ["no annotation", object({ text: { type: "string" } }), []],
    ["one", object({ region: marked("Region") }), [{ header: "mcp-param-region", path: ["region"] }]],
    ["a boolean", object({ on: marked("On", "boolean") }), [{ header: "mcp-param-on", path: ["on"] }]],
    [
      "one in an object",
      object({ at: object({ zone: marked("Zone", "integer") }) }),
      [{ header: "mcp-param-zone", path: ["at", "zone"] }],
    ],
    ["a property of that name", object({ "x-mcp-header": { type: "string" } }), []],
    ["data that looks like one", object({ text: { type: "object", default: { "x-mcp-header": "" } } }), []],
  ])("%s", (_title, schema, parameters) => {
    expect(headerParameters(schema)).toEqual({ kind: "parameters", parameters });
  });

  it.each<[string, unknown]>([
    ["an empty name", object({ a: marked("") })],
    ["a name with a space", object({ a: marked("My Region") })],
    ["a name with a line feed", object({ a: marked("A\n") })],
    ["a name that is no text", object({ a: marked(1) })],
    ["a number", object({ a: marked("A", "number") })],
    ["no type", object({ a: { "x-mcp-header": "A" } })],
    ["a name twice", object({ a: marked("A"), b: marked("a") })],
    ["the root", { ...object({}), "x-mcp-header": "A" }],
    ["an array's items", object({ a: { type: "array", items: marked("A") } })],
    ["a composition", { ...object({}), anyOf: [object({ a: marked("A") })] }],
    ["a definition", { ...object({}), $defs: { a: marked("A") } }],
  ])("refuses %s", (_title, schema) => {
    expect(headerParameters(schema)).toMatchObject({ kind: "invalid" });
  });
});

const parameters = [
  { header: "mcp-param-region", path: ["region"] },
  { header: "mcp-param-zone", path: ["at", "zone"] },
];

it.each<[string, unknown, Record<string, string>]>([
  ["plain text", { region: "us-west1" }, { "mcp-param-region": "us-west1" }],
  ["text that needs Base64", { region: " a" }, { "mcp-param-region": "=?base64?IGE=?=" }],
  ["a number in an object", { at: { zone: 7 } }, { "mcp-param-zone": "7" }],
  ["null and nothing", { region: null, at: {} }, {}],
  ["no arguments", undefined, {}],
])("sends and accepts %s", (_title, args, headers) => {
  expect(parameterHeaders(parameters, args)).toEqual(headers);
  expect(mismatchedHeader(parameters, args, headers)).toBeNull();
});

it.each<[string, unknown, Record<string, string>]>([
  ["another value", { region: "a" }, { "mcp-param-region": "b" }],
  ["a missing header", { region: "a" }, {}],
  ["a header without a value", {}, { "mcp-param-region": "a" }],
  ["Base64 without its padding", { region: "Hello" }, { "mcp-param-region": "=?base64?SGVsbG8?=" }],
  ["what is no Base64", { region: "Hello" }, { "mcp-param-region": "=?base64?SGVs!!!bG8=?=" }],
])("refuses %s", (_title, args, headers) => {
  expect(mismatchedHeader(parameters, args, headers)).toBe("mcp-param-region");
});
