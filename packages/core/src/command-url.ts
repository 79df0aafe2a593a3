import { Failure } from "./failure.ts";

/** A program and its arguments. */
export type Words = readonly [program: string, ...args: string[]];

/** What a client starts for each of its sessions. */
export interface SessionCommand {
  readonly words: Words;
  /** Variables beside the client's own environment's. Their values may be secret. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether it leads a group of its own, which is ended with it: for a client whose own group goes on. */
  readonly ownGroup?: true;
}

const scheme = "stdio:";

/** The address of a server that is started by whoever talks to it: `stdio:` and the command as JSON, percent-encoded. */
export function commandUrl(words: Words, env: SessionCommand["env"] = {}): string {
  return scheme + encodeURIComponent(JSON.stringify({ words, env } satisfies SessionCommand));
}

/** The same address, of a server that leads a group of its own. Throws `usage` for any other. */
export function inOwnGroup(url: string): string {
  return scheme + encodeURIComponent(JSON.stringify({ ...commandIn(url), ownGroup: true } satisfies SessionCommand));
}

/** The command of such an address. Throws `usage` for any other. */
export function commandIn(url: string): SessionCommand {
  const command = url.startsWith(scheme) ? parsed(url.slice(scheme.length)) : null;
  if (isCommand(command)) return command;
  throw new Failure("usage", "expected the command of a server that is started for each session, got another address");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(text));
  } catch {
    return null;
  }
}

function isCommand(value: unknown): value is SessionCommand {
  const { words, env } = (value ?? {}) as { words?: unknown; env?: unknown };
  const isText = (part: unknown): boolean => typeof part === "string";
  if (!Array.isArray(words) || words.length === 0 || !words.every(isText)) return false;
  return typeof env === "object" && env !== null && Object.values(env).every(isText);
}
