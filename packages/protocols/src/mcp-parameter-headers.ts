import { isObject } from "./jsonrpc.ts";
import { headerValue, isHeaderFor } from "./mcp-header-values.ts";

/**
 * Arguments that a tool wants repeated as headers, by `x-mcp-header` in its schema: MCP 2026-07-28.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#custom-headers-from-tool-parameters
 */
export interface HeaderParameter {
  /** In lower case: `mcp-param-region`. */
  readonly header: string;
  /** Names of properties from the arguments down to the value. */
  readonly path: readonly string[];
}

/** The header parameters of a tool, or why its schema makes the tool invalid: clients leave such tools out. */
export type HeaderParameters =
  | { readonly kind: "parameters"; readonly parameters: readonly HeaderParameter[] }
  | { readonly kind: "invalid"; readonly reason: string };

const annotation = "x-mcp-header";
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerTypes: readonly unknown[] = ["string", "integer", "boolean"];
/** Keywords whose values are data, not schemas. */
const dataKeywords = new Set(["const", "default", "enum", "examples"]);
/** Keywords whose values are schemas by name. */
const mapKeywords = new Set(["$defs", "definitions", "properties", "patternProperties", "dependentSchemas"]);

/** Reads the annotations of an `inputSchema` ("Schema Extension"). Never throws. */
export function headerParameters(inputSchema: unknown): HeaderParameters {
  const found: HeaderParameter[] = [];
  const reason = invalidIn(inputSchema, [], found);
  return reason === null ? { kind: "parameters", parameters: found } : { kind: "invalid", reason };
}

/** Why a schema is invalid, null when it is not. The path is null where no chain of `properties` alone leads. */
function invalidIn(schema: unknown, path: readonly string[] | null, found: HeaderParameter[]): string | null {
  if (Array.isArray(schema)) return firstOf(schema, (part) => invalidIn(part, null, found));
  if (!isObject(schema)) return null;
  const own = annotation in schema ? invalidAt(schema, path, found) : null;
  if (own !== null) return own;
  return firstOf(Object.entries(schema), ([keyword, value]) => {
    if (keyword === annotation || dataKeywords.has(keyword)) return null;
    if (!mapKeywords.has(keyword) || !isObject(value)) return invalidIn(value, null, found);
    const below = keyword === "properties" ? path : null;
    return firstOf(Object.entries(value), ([name, part]) => invalidIn(part, below && [...below, name], found));
  });
}

/** Adds an annotated parameter to those found, or says what is wrong with it. */
function invalidAt(
  schema: Readonly<Record<string, unknown>>,
  path: readonly string[] | null,
  found: HeaderParameter[],
): string | null {
  const { [annotation]: name, type } = schema;
  if (path === null || path.length === 0) return `${annotation} stands where no chain of properties leads`;
  if (typeof name !== "string" || !token.test(name)) return `${annotation} of ${path.join(".")} is no header name`;
  if (!headerTypes.includes(type))
    return `${annotation} of ${path.join(".")} is on neither string, integer nor boolean`;
  const header = `mcp-param-${name.toLowerCase()}`;
  if (found.some((other) => other.header === header)) return `${header} stands for two parameters`;
  found.push({ header, path });
  return null;
}

function firstOf<T>(items: readonly T[], reasonFor: (item: T) => string | null): string | null {
  for (const item of items) {
    const reason = reasonFor(item);
    if (reason !== null) return reason;
  }
  return null;
}

/** The headers of a call: none for a parameter that is absent or null ("Server Behavior for Custom Headers"). */
export function parameterHeaders(parameters: readonly HeaderParameter[], args: unknown): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { header, path } of parameters) {
    const value = valueAt(args, path);
    if (value !== undefined) headers[header] = headerValue(value);
  }
  return headers;
}

/** The first header of a call that does not say what the arguments say; null when all do. */
export function mismatchedHeader(
  parameters: readonly HeaderParameter[],
  args: unknown,
  headers: Readonly<Record<string, unknown>>,
): string | null {
  const wrong = parameters.find(({ header, path }) => {
    const sent = headers[header];
    const value = valueAt(args, path);
    return typeof sent === "string" && value !== undefined ? !isHeaderFor(sent, value) : sent !== value;
  });
  return wrong?.header ?? null;
}

/** A primitive argument as the text its header stands for. */
function valueAt(args: unknown, path: readonly string[]): string | undefined {
  let value = args;
  for (const name of path) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? `${value}` : undefined;
}
