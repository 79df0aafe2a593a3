import { isPart, type RunMode, runModes, textOf } from "./acp.ts";
import { isObject } from "./jsonrpc.ts";

/**
 * What a server reads from requests of ACP 0.2.0, on any transport.
 * Readers take parsed JSON, ignore members they do not know, and never throw.
 */

/** Why a request is not one, as a sentence: `invalid_input`. */
export interface Invalid {
  readonly invalid: string;
}

/** A RunCreateRequest for agents that take a text. */
export interface RunOrder {
  readonly agent: string;
  /** The texts of all parts of all messages, in order. */
  readonly text: string;
  readonly mode: RunMode;
  /** Null when the client named none. */
  readonly sessionId: string | null;
}

/** Roles of a message (`Message.role`). */
const rolePattern = /^(user|agent(\/[a-zA-Z0-9_-]+)?)$/;
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The body of POST /runs. */
export function readRunCreate(value: unknown): RunOrder | Invalid {
  if (!isObject(value)) return expected("a JSON object", "a body that is something else");
  const { agent_name: agent, input, session_id, session, mode = "sync" } = value;
  if (typeof agent !== "string") return expected("agent_name to be a string", agent);
  if (!isMode(mode)) return expected(`mode to be one of ${runModes.join(", ")}`, mode);
  const sessionId = session_id ?? (isObject(session) ? session.id : session) ?? null;
  if (sessionId !== null && (typeof sessionId !== "string" || !uuidPattern.test(sessionId)))
    return expected("a session id that is a UUID", sessionId);
  if (!Array.isArray(input) || input.length === 0) return expected("input to be one message or more", input);
  let text = "";
  for (const message of input) {
    const read = readMessage(message);
    if (typeof read !== "string") return read;
    text += read;
  }
  return { agent, text, mode, sessionId };
}

/** The body of POST /runs/{run_id}, which resumes a run that awaits input; null when it is one. */
export function readRunResume(value: unknown): Invalid | null {
  if (!isObject(value)) return expected("a JSON object", "a body that is something else");
  if (!isObject(value.await_resume)) return expected("await_resume to be an object", value.await_resume);
  return isMode(value.mode) ? null : expected(`mode to be one of ${runModes.join(", ")}`, value.mode);
}

function readMessage(message: unknown): string | Invalid {
  if (!isObject(message)) return expected("a message to be an object", message);
  const { role, parts } = message;
  if (typeof role !== "string" || !rolePattern.test(role))
    return expected("role to be user, agent or agent/<name>", role);
  if (!Array.isArray(parts)) return expected("parts to be an array", parts);
  let text = "";
  for (const part of parts) {
    if (!isPart(part)) return expected("a message part", part);
    const read = textOf(part);
    if (read === null) return expected("a part with text in its content (nothing is fetched)", part);
    text += read;
  }
  return text;
}

function isMode(value: unknown): value is RunMode {
  return runModes.some((mode) => mode === value);
}

function expected(what: string, got: unknown): Invalid {
  // An object or array is not shown: it can be nested deeper than JSON.stringify can follow.
  const shown = got === undefined ? "nothing" : typeof got === "object" ? kindOf(got) : JSON.stringify(got);
  return { invalid: `expected ${what}, got ${shown.slice(0, 100)}` };
}

function kindOf(value: object | null): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : "an object";
}
