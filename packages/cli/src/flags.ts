import type { ClientKind } from "@apb/core/binding";
import type { Body } from "@apb/core/body";
import type { Expected } from "@apb/core/call";
import type { OwnServerKind } from "@apb/core/cell";
import { parseDuration } from "@apb/core/duration";
import { Failure } from "@apb/core/failure";
import { type GoodputLimit, parseGoodput } from "@apb/core/goodput";
import { withPort } from "@apb/core/url";
import { InvalidArgumentError } from "commander";
import type { LoadFlags } from "./load-flags.ts";

/** The flags of `run`, as commander hands them over: values in the code's units, absent when not given. */
export interface RunFlags extends LoadFlags {
  readonly protocol?: readonly string[];
  readonly binding?: readonly string[];
  readonly scenario?: readonly string[];
  readonly profile: string;
  readonly target?: string;
  readonly pid?: number;
  readonly agent?: string;
  readonly body?: Body;
  readonly expect?: readonly Expected[];
  readonly header?: readonly Header[];
  readonly envHeader?: readonly Header[];
  /** The command of a server that we start; what is set in its environment, by name; and how long it may take, in ms. */
  readonly serve?: string;
  readonly serveEnv?: Readonly<Record<string, string>>;
  readonly serveTimeout?: number;
  readonly server?: readonly OwnServerKind[];
  readonly client: readonly ClientKind[];
  /** Also what is under the bindings, and a report of nothing else but layers. */
  readonly layers?: boolean;
  readonly rounds?: number;
  readonly warmUp?: number;
  readonly ceiling?: number;
  readonly size?: readonly number[];
  readonly events?: readonly number[];
  readonly goodput?: readonly GoodputLimit[];
  readonly phases?: true;
  readonly connections?: readonly number[];
  readonly timeout: number;
  readonly maxReply?: number;
  readonly delay: number;
  readonly work: number;
  readonly generators: number;
  readonly seed: number;
  readonly threshold?: readonly string[];
  readonly out?: string;
  /** What the names of Locust's files begin with. */
  readonly csv?: string;
  readonly format: Format;
  readonly baseline?: string;
  readonly maxRegression: number;
  readonly force?: boolean;
}

/** A header that every request carries. */
export interface Header {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
}

/** How a report can be printed. */
export const formats = ["table", "markdown", "csv", "json"] as const;

/** One of {@link formats}. */
export type Format = (typeof formats)[number];

/** Parsers of flag values: text in, a number in the unit the code uses out, one clear sentence when it is wrong. */

const sizeUnits: Readonly<Record<string, number>> = { B: 1, KB: 1000, MB: 1_000_000, KiB: 1024, MiB: 1_048_576 };

/** Bodies above this would be refused by the servers, which take requests of 4 MiB. */
const mostBytes = 2 * 1_048_576;
/** A run stops by itself: no window is longer than this. */
const mostMs = 3_600_000;
const mostConnections = 50_000;
const mostPerSecond = 1_000_000;

/** A reply is held as a text, of which V8 takes no more than 512 MiB, and beside it as bytes. */
const mostReplyBytes = 256 * 1_048_576;

/** As it is written. */
export const text = (value: string): string => value;

/** `10KiB`, `1KB`, `512` → bytes. */
export function size(text: string): number {
  const bytes = bytesIn(text);
  if (!Number.isInteger(bytes) || bytes < 1 || bytes > mostBytes)
    throw new InvalidArgumentError("Expected a size from 1B to 2MiB, like 10KiB, 1KB or 512.");
  return bytes;
}

/** The limit of a reply: as {@link size}, but up to 256 MiB. */
export function replySize(text: string): number {
  const bytes = bytesIn(text);
  if (!Number.isInteger(bytes) || bytes < 1024 || bytes > mostReplyBytes)
    throw new InvalidArgumentError("Expected a size from 1KiB to 256MiB, like 64MiB.");
  return bytes;
}

function bytesIn(text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
  return Number(number) * (sizeUnits[unit || "B"] ?? Number.NaN);
}

/** `500ms`, `2s`, `1m30s` → milliseconds, at most an hour. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms <= 0 || ms > mostMs)
    throw new InvalidArgumentError("Expected a duration up to 1h with its unit, like 500ms, 2s or 2m.");
  return ms;
}

/** As {@link duration}, and `0ms` means none. */
export function durationOrNone(text: string): number {
  return /^0(ms|s|m|h)?$/.test(text) ? 0 : duration(text);
}

/** `30s:100` → over so long, in a line, to so many users or arrivals per second; `0s` jumps there at once. */
export function stage(text: string): { readonly durationMs: number; readonly target: number } {
  const [, time = "", aim = ""] = /^(.*):\s*(\d*\.?\d+)$/.exec(text) ?? [];
  const durationMs = parseDuration(time);
  const target = Number(aim);
  if (durationMs === null || durationMs > mostMs || target > mostPerSecond)
    throw new InvalidArgumentError(
      `Expected a stage DURATION:TARGET, like 30s:100 or 0s:50: up to 1h with its unit, and a number from 0 to ${mostPerSecond}.`,
    );
  return { durationMs, target };
}

/** A number of users, connections or rounds. */
export const count = upTo(mostConnections);

/** A number of events in a stream. */
export const events = upTo(100_000);

/** A number of iterations. */
export const iterations = upTo(1_000_000_000);

/** Whole numbers from 1 to this. */
export function upTo(most: number): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (!/^\d+$/.test(text) || n < 1 || n > most)
      throw new InvalidArgumentError(`Expected a whole number from 1 to ${most}.`);
    return n;
  };
}

/** `first_event:200,mean_gap:50` → limits of a good stream. */
export function goodput(text: string): readonly GoodputLimit[] {
  try {
    return parseGoodput(text);
  } catch (error) {
    throw error instanceof Failure ? new InvalidArgumentError(error.sentence) : error;
  }
}

/** Arrivals per second; fractions are fine. */
export function rate(text: string): number {
  const n = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || n < 0.01 || n > mostPerSecond)
    throw new InvalidArgumentError(`Expected arrivals per second from 0.01 to ${mostPerSecond}, like 500 or 0.5.`);
  return n;
}

/** What durations are multiplied with. */
export function factor(text: string): number {
  const n = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || n < 0.001 || n > 1000)
    throw new InvalidArgumentError("Expected a factor from 0.001 to 1000, like 0.1.");
  return n;
}

/** `20%` → 0.2. */
export function percent(text: string): number {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Expected a percentage, like 20%.");
  return Number(match[1]) / 100;
}

/** Any whole number from 0. */
export function whole(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("Expected a whole number from 0.");
  return Number(text);
}

/** For flags that take several values, comma-separated or repeated. */
export function list<T>(one: (text: string) => T): (text: string, before: T[] | undefined) => T[] {
  return (text, before = []) => {
    const parts = text.split(",").map((part) => part.trim());
    if (parts.includes("")) throw new InvalidArgumentError("Expected values separated by single commas.");
    return [...before, ...parts.map(one)];
  };
}

/** One of a closed list of names. */
export function oneOf<T extends string>(names: readonly T[]): (text: string) => T {
  return (text) => {
    const found = names.find((name) => name === text);
    if (found === undefined) throw new InvalidArgumentError(`Expected ${names.join(", ")}.`);
    return found;
  };
}

/** `wire`, `library`, or `both`. */
export function clients(text: string): readonly ClientKind[] {
  const kinds = ["wire", "library"] as const;
  return text === "both" ? kinds : [oneOf([...kinds, "both"])(text) as ClientKind];
}

/** `reference`, `sdk`, or `both`. */
export function servers(text: string): readonly OwnServerKind[] {
  const kinds = ["reference", "sdk"] as const;
  return text === "both" ? kinds : [oneOf([...kinds, "both"])(text) as OwnServerKind];
}

/** `http://host:port/path`, or `host:port` for http. */
export function url(text: string): string {
  const whole = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  // Braces stand for an agent's name or a port and are no part of a URL's grammar.
  const plain = withPort(whole.replace("{agent}", "agent"), 1);
  if (!URL.canParse(plain) || !["http:", "https:", "ws:", "wss:"].includes(new URL(plain).protocol))
    throw new InvalidArgumentError(
      "Expected a URL like http://localhost:3000/mcp, ws://localhost:8001/ws or localhost:50051.",
    );
  return whole;
}

/** `NAME=VALUE` → what is set, beside what was set before. */
export function variable(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError("Expected NAME=VALUE, like LOG_LEVEL=error.");
  return { ...before, [name]: value };
}
