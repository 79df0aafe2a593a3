import { readFileSync } from "node:fs";
import { expectationOf } from "@apb/benchmarks/expectation";
import type { Headers } from "@apb/core/binding";
import { type Body, jsonBody } from "@apb/core/body";
import type { Call, Expected } from "@apb/core/call";
import { Failure } from "@apb/core/failure";
import { InvalidArgumentError } from "commander";
import type { Header, RunFlags } from "./flags.ts";

/** Parsers of what is said to an agent of the user's, and what goes along: one clear sentence for what is wrong. */

/** The largest request that the bundled servers take, less what a protocol puts around it. */
const mostBodyBytes = 3 * 1024 * 1024;

/** What follows the protocol's own headers, and is left to it. */
const protocolHeaders: readonly string[] = [
  ...[
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
  ],
  ...["accept", "keep-alive", "proxy-connection"],
];

/** `@file` is what is in the file; a JSON object or list is JSON, all else a text. */
export function body(text: string): Body {
  const content = text.startsWith("@") ? fileText(text.slice(1)) : text;
  if (Buffer.byteLength(content) > mostBodyBytes)
    throw new InvalidArgumentError(`Expected at most ${mostBodyBytes / 1024 / 1024} MiB.`);
  if (!/^\s*[[{]/.test(content)) return content;
  try {
    return jsonBody(JSON.parse(content));
  } catch {
    return content;
  }
}

function fileText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new InvalidArgumentError(`Cannot read ${file}: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

/** `contains:text`, `equals:text`, or a CEL expression about `reply`. */
export function expected(text: string, before: readonly Expected[] | undefined): readonly Expected[] {
  const [, kind, wanted = ""] = /^(contains|equals):(.*)$/s.exec(text) ?? [];
  const one: Expected =
    kind === undefined ? { kind: "holds", expression: text } : { kind: kind as "contains", text: wanted };
  try {
    expectationOf(one);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Failure ? error.sentence : String(error));
  }
  return [...(before ?? []), one];
}

/** `Name: value`. */
export function header(text: string, before: readonly Header[] | undefined): readonly Header[] {
  const [, name, value] = /^([^:\s]+):\s*(.*?)\s*$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("Expected 'Name: value'.");
  return [...(before ?? []), allowed(name, value)];
}

/** `Name=VARIABLE`: the value is the environment variable's. */
export function envHeader(text: string, before: readonly Header[] | undefined): readonly Header[] {
  const [, name, variable] = /^([^=\s]+)=([A-Za-z_][A-Za-z0-9_]*)$/.exec(text) ?? [];
  if (name === undefined || variable === undefined)
    throw new InvalidArgumentError("Expected Name=VARIABLE, like Authorization=API_TOKEN.");
  const value = process.env[variable];
  if (value === undefined) throw new InvalidArgumentError(`The environment variable ${variable} is not set.`);
  return [...(before ?? []), allowed(name, value)];
}

function allowed(name: string, value: string): Header {
  const lower = name.toLowerCase();
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower))
    throw new InvalidArgumentError("Expected a header's name before the value.");
  if (protocolHeaders.includes(lower)) throw new InvalidArgumentError(`${name} is the protocol's own; leave it out.`);
  if (!/^([!-~]([\t -~]*[!-~])?)?$/.test(value))
    throw new InvalidArgumentError(`Expected a value of ${name} in printable ASCII.`);
  return { name: lower, value };
}

/** What is said to the user's own agent; null where nothing is. Throws `usage` where the agent's name is missing. */
export function callOf({ agent, body: said, expect }: Pick<RunFlags, "agent" | "body" | "expect">): Call | null {
  if (agent !== undefined) return { agent, body: said ?? null, expect: expect ?? [] };
  const flag = said !== undefined ? "--body" : expect !== undefined ? "--expect" : null;
  if (flag === null) return null;
  throw new Failure("usage", `${flag} is about a call to an agent of yours: add --agent with its name, or the tool's`);
}

/** All headers by name; the last of a name counts. */
export function headersOf({ header: given, envHeader: fromEnv }: Pick<RunFlags, "header" | "envHeader">): Headers {
  return Object.fromEntries([...(given ?? []), ...(fromEnv ?? [])].map(({ name, value }) => [name, value]));
}
