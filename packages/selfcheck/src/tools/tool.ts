import { Failure } from "@apb/core/failure";
import type { RecordedRequest } from "../recorded-request.ts";

/** What a tool is to do. */
export interface Job {
  /** `http://127.0.0.1:3000`. */
  readonly origin: string;
  readonly request: RecordedRequest;
  readonly connections: number;
  /** Whole seconds: not every tool takes parts of them. */
  readonly seconds: number;
  /** Null for as many requests as there can be. */
  readonly perSecond: number | null;
  /** Where the request's body lies as `body`, and where the tool may write. */
  readonly folder: string;
}

/** How a tool is called for a job. */
export interface Invocation {
  readonly args: readonly string[];
  /** Files it needs beside the body, by name. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** What a tool printed, and what it wrote into the file {@link reportFile}, if it did. */
export interface Output {
  readonly stdout: string;
  readonly report: string;
}

/** A tool's own word on what it did. */
export interface Reading {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
}

/** A load tool of somebody else's. Calling it and reading what it says are pure; running it is not its concern. */
export interface Tool {
  readonly name: string;
  readonly home: string;
  /** Program and first arguments. */
  command(): readonly [string, ...string[]];
  /** Makes it print its version. */
  readonly versionArgs: readonly string[];
  readonly speaks: readonly RecordedRequest["protocol"][];
  /** How it sends at a given rate; null when it cannot. */
  readonly pace: "even" | "bursts" | null;
  /** The smallest latency it tells apart from none, in milliseconds; 0 where it says microseconds. */
  readonly resolutionMs: number;
  invoke(job: Job): Invocation;
  /** Throws `protocol` for what is no output of this tool. */
  read(output: Output): Reading;
}

/** Name of the file in a job's folder that a tool may write its report to. */
export const reportFile = "report";

/** The number in the first group of a pattern. Throws `protocol` when the text has none. */
export function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined)
    throw new Failure(
      "protocol",
      `expected ${pattern} in what the tool wrote, got ${JSON.stringify(text.slice(0, 200))}`,
    );
  return Number(found);
}

/** The number in the first group of a pattern, 0 where the text does not mention it. */
export function numberOrNone(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}

/** A JSON report. Throws `protocol` for anything else. */
export function parseReport<Report>(text: string): Report {
  try {
    return JSON.parse(text) as Report;
  } catch (cause) {
    throw new Failure("protocol", `expected JSON from the tool, got ${JSON.stringify(text.slice(0, 200))}`, { cause });
  }
}
