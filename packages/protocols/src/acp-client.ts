import { type ErrorObject, errorCodes, isPart, type Run, type RunState, runStates, textOf } from "./acp.ts";
import { isObject } from "./jsonrpc.ts";

/**
 * What a client of ACP 0.2.0 makes of the answers, on any transport.
 * Readers take parsed JSON (undefined for text that was none), ignore members they do not know, and never throw.
 */

/** What went wrong, under the name of the failure it is to a caller. */
export interface AcpProblem {
  readonly kind: "problem";
  readonly failure: "unknown-agent" | "unknown-task" | "rejected" | "agent" | "protocol";
  readonly message: string;
}

export interface AcpAgents {
  readonly kind: "agents";
  readonly agents: readonly string[];
}

export interface AcpMessage {
  readonly kind: "message";
  readonly body: string;
}

export interface AcpTask {
  readonly kind: "task";
  readonly handle: string;
  readonly state: RunState;
  /** The text of the run's output, once completed. */
  readonly body: string | null;
}

/** One event of a stream: the text it brings, if any, and whether it ends the run well. */
export interface AcpItem {
  readonly kind: "item";
  readonly body: string | null;
  readonly ended: boolean;
}

/** The names in `{agents: [AgentManifest]}`. */
export function readAgents(value: unknown): AcpAgents | AcpProblem {
  const manifests = isObject(value) && Array.isArray(value.agents) ? value.agents : null;
  if (manifests === null) return offSpec("a list of agents", value);
  const agents: string[] = [];
  for (const manifest of manifests) {
    if (!isObject(manifest) || typeof manifest.name !== "string") return offSpec("an agent with a name", manifest);
    agents.push(manifest.name);
  }
  return { kind: "agents", agents };
}

/** The output of a run that was waited for. */
export function readAnswer(value: unknown): AcpMessage | AcpProblem {
  if (!isRun(value)) return offSpec("a run", value);
  if (value.status !== "completed") return unfinished(value);
  return { kind: "message", body: outputOf(value) };
}

/** A run that was started, asked about or cancelled. */
export function readTask(value: unknown): AcpTask | AcpProblem {
  if (!isRun(value)) return offSpec("a run", value);
  const state = runStates[value.status];
  return { kind: "task", handle: value.run_id, state, body: state === "completed" ? outputOf(value) : null };
}

/** One event of a stream. A run that waits for input fails the stream: there is nobody to give it any. */
export function readItem(value: unknown): AcpItem | AcpProblem {
  if (!isObject(value)) return offSpec("an event", value);
  switch (value.type) {
    case "message.part":
      return isPart(value.part) ? item(textOf(value.part)) : offSpec("an event with a message part", value);
    case "run.completed":
      return { kind: "item", body: null, ended: true };
    case "run.failed":
    case "run.cancelled":
    case "run.awaiting":
      return isRun(value.run) ? unfinished(value.run) : offSpec("an event with a run", value);
    case "error":
      return readError(value.error, "run");
    case "run.created":
    case "run.in-progress":
    case "message.created":
    case "message.completed":
    case "generic":
      return item(null);
    default:
      return offSpec("an event of a known type", value);
  }
}

/** A refusal. `about` says what a `not_found` did not find: the agent of a new run, or a run. */
export function readError(value: unknown, about: "agent" | "run"): AcpProblem {
  if (!isError(value)) return offSpec("an ACP error", value);
  if (value.code !== "not_found") return problem("rejected", `${value.code}: ${value.message}`);
  return problem(about === "agent" ? "unknown-agent" : "unknown-task", value.message);
}

function item(body: string | null): AcpItem {
  return { kind: "item", body, ended: false };
}

function unfinished({ status, error }: Run): AcpProblem {
  const reason = error === undefined || error === null ? "" : `: ${error.message}`;
  return problem("agent", `expected a completed run, got one that is ${status}${reason}`);
}

function outputOf({ output }: Run): string {
  let text = "";
  for (const message of output) for (const part of message.parts) text += textOf(part) ?? "";
  return text;
}

function isRun(value: unknown): value is Run {
  return (
    isObject(value) &&
    typeof value.run_id === "string" &&
    typeof value.agent_name === "string" &&
    typeof value.status === "string" &&
    Object.hasOwn(runStates, value.status) &&
    typeof value.created_at === "string" &&
    (value.error === undefined || value.error === null || isError(value.error)) &&
    Array.isArray(value.output) &&
    value.output.every(isMessage)
  );
}

function isMessage(value: unknown): boolean {
  return isObject(value) && Array.isArray(value.parts) && value.parts.every(isPart);
}

function isError(value: unknown): value is ErrorObject {
  return isObject(value) && typeof value.message === "string" && errorCodes.some((code) => code === value.code);
}

function problem(failure: AcpProblem["failure"], message: string): AcpProblem {
  return { kind: "problem", failure, message };
}

function offSpec(expected: string, value: unknown): AcpProblem {
  const got = value === undefined ? "something that is not JSON" : JSON.stringify(value).slice(0, 200);
  return problem("protocol", `expected ${expected}, got ${got}`);
}
