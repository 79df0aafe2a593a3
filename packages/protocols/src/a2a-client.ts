import { a2aErrors, type SendMessageRequest } from "./a2a.ts";
import type { Said } from "./said.ts";

/**
 * What a client of A2A 1.0 says and what it makes of the answers, on any transport.
 * Readers take ProtoJSON or decoded protobuf objects (an absent field may be missing, null or empty) and never throw.
 */

/** A task's life in neutral words. */
export type NeutralState = "working" | "completed" | "failed" | "cancelled";

/** What went wrong, under the name of the failure it is to a caller. */
export interface A2aProblem {
  readonly kind: "problem";
  readonly failure: "unknown-agent" | "unknown-task" | "rejected" | "agent" | "protocol" | "mismatch";
  readonly message: string;
}

/** An answer that is text. */
export interface A2aMessage {
  readonly kind: "message";
  readonly body: string;
}

/** An answer that is a task. */
export interface A2aTask {
  readonly kind: "task";
  readonly handle: string;
  readonly state: NeutralState;
  /** The text of its artifacts, once completed. */
  readonly body: string | null;
}

/** One item of a stream: the text it brings, if any, and whether it is the last. */
export interface A2aItem {
  readonly kind: "item";
  readonly body: string | null;
  readonly ended: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** A request that brings one text or, as a data part, JSON; with `returnImmediately` it is answered by a Task still at work (§3.2.2). */
export function sendMessageRequest(messageId: string, said: Said, returnImmediately = false): SendMessageRequest {
  const part = typeof said === "string" ? { text: said } : { data: said.value };
  const message = { messageId, role: "ROLE_USER", parts: [part] } as const;
  return returnImmediately ? { message, configuration: { returnImmediately } } : { message };
}

/** A task's name for callers when one server has many agents: `agent/id`. */
export function taskHandle(agent: string, id: string): string {
  return `${agent}/${id}`;
}

/** The parts of a {@link taskHandle}; undefined for any other text. */
export function parseTaskHandle(handle: string): { readonly agent: string; readonly id: string } | undefined {
  const slash = handle.indexOf("/");
  return slash <= 0 ? undefined : { agent: handle.slice(0, slash), id: handle.slice(slash + 1) };
}

/** SendMessageResponse to a call that waits: the text of the Message, or of the completed Task's artifacts. */
export function readSent(response: unknown): A2aMessage | A2aProblem {
  const { message, task } = fieldsOf(response);
  if (isSet(message)) {
    const body = textOf(fieldsOf(message).parts);
    return body === undefined ? offSpec("a Message with parts", message) : { kind: "message", body };
  }
  if (!isSet(task)) return offSpec("a SendMessageResponse with a message or a task", response);
  const read = readTask(task, "");
  if (read.kind === "problem") return read;
  if (read.state !== "completed") return unfinished(task, read.state);
  return { kind: "message", body: read.body ?? "" };
}

/** SendMessageResponse to a call that does not wait: the Task. `agent` goes into its handle; empty leaves the bare id. */
export function readStarted(response: unknown, agent: string): A2aTask | A2aProblem {
  const { message, task } = fieldsOf(response);
  if (isSet(task)) return readTask(task, agent);
  if (!isSet(message)) return offSpec("a SendMessageResponse with a message or a task", response);
  return problem("mismatch", "expected a Task to follow, got a Message: this agent answers at once and keeps no task");
}

/** A Task. `agent` goes into its handle; empty leaves the bare id. */
export function readTask(task: unknown, agent: string): A2aTask | A2aProblem {
  const { id, status, artifacts } = fieldsOf(task);
  const state = neutralState(fieldsOf(status).state);
  if (typeof id !== "string" || id === "" || state === undefined) return offSpec("a Task with an id and a state", task);
  const handle = agent === "" ? id : taskHandle(agent, id);
  // Some agents answer in the last status instead of an artifact.
  const output = (): string => textOfArtifacts(artifacts) ?? textOf(fieldsOf(fieldsOf(status).message).parts) ?? "";
  return { kind: "task", handle, state, body: state === "completed" ? output() : null };
}

/**
 * One StreamResponse. A failed or cancelled task is a problem, and so is the error body that some servers send in the
 * midst of REST's stream; progress that brings no text has a null body.
 */
export function readStreamed(response: unknown): A2aItem | A2aProblem {
  const { artifactUpdate, statusUpdate, task, message, error } = fieldsOf(response);
  if (isSet(error)) return readRestError(500, response);
  if (isSet(artifactUpdate)) {
    const body = textOf(fieldsOf(fieldsOf(artifactUpdate).artifact).parts);
    return body === undefined
      ? offSpec("an artifactUpdate with parts", response)
      : { kind: "item", body, ended: false };
  }
  if (isSet(message)) {
    const body = textOf(fieldsOf(message).parts);
    return body === undefined ? offSpec("a Message with parts", response) : { kind: "item", body, ended: true };
  }
  const holder = isSet(statusUpdate) ? statusUpdate : task;
  const { status, artifacts } = fieldsOf(holder);
  const state = neutralState(fieldsOf(status).state);
  if (state === undefined) return offSpec("a task, message, statusUpdate or artifactUpdate", response);
  if (state === "failed" || state === "cancelled") return unfinished(holder, state);
  return { kind: "item", body: textOfArtifacts(artifacts), ended: state === "completed" };
}

/** The agents a card speaks of: its name and its skills. Undefined when it is no card. */
export function readAgentCard(card: unknown): readonly string[] | undefined {
  const { name, skills } = fieldsOf(card);
  if (typeof name !== "string" || name === "") return undefined;
  const ids = Array.isArray(skills) ? skills.map((skill) => fieldsOf(skill).id) : [];
  return [...new Set([name, ...ids.filter((id) => typeof id === "string")])];
}

/** The names in a reference server's list of agents, `{"agents":[{"name":"echo",…}]}`. Undefined when it is none. */
export function readAgentList(list: unknown): readonly string[] | undefined {
  const { agents } = fieldsOf(list);
  if (!Array.isArray(agents)) return undefined;
  return agents.map((agent) => fieldsOf(agent).name).filter((name) => typeof name === "string");
}

/** REST's answer with a status other than 2xx and its parsed body, undefined when that is not JSON (§11.6). */
export function readRestError(status: number, body: unknown): A2aProblem {
  const error = fieldsOf(fieldsOf(body).error);
  const text = `HTTP ${status}: ${typeof error.message === "string" ? error.message : "no A2A error in the body"}`;
  const details = Array.isArray(error.details) ? error.details : [];
  const taskNotFound = details.some((detail) => fieldsOf(detail).reason === a2aErrors.taskNotFound.reason);
  if (taskNotFound) return problem("unknown-task", text);
  if (status === a2aErrors.agentNotFound.http) return problem("unknown-agent", text);
  return typeof error.code === "number" ? problem("rejected", text) : problem("protocol", text);
}

/** A JSON-RPC error object (§9.5) and the HTTP status that it came with. */
export function readJsonrpcError(
  status: number,
  error: { readonly code: number; readonly message: string },
): A2aProblem {
  const text = `JSON-RPC ${error.code}: ${error.message}`;
  if (error.code === a2aErrors.taskNotFound.jsonrpc) return problem("unknown-task", text);
  return problem(status === a2aErrors.agentNotFound.http ? "unknown-agent" : "rejected", text);
}

/** Text as JSON; undefined, which no reader accepts, for text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A problem under the name of the failure it is. */
function problem(failure: A2aProblem["failure"], message: string): A2aProblem {
  return { kind: "problem", failure, message };
}

/** An answer that the specification does not allow. */
export function offSpec(expected: string, got: unknown): A2aProblem {
  return problem("protocol", `expected ${expected}, got ${JSON.stringify(got)?.slice(0, 200)}`);
}

/** An agent that asks for input or for credentials has failed, as far as a caller without a person is concerned. */
function neutralState(state: unknown): NeutralState | undefined {
  switch (state) {
    case "TASK_STATE_SUBMITTED":
    case "TASK_STATE_WORKING":
      return "working";
    case "TASK_STATE_COMPLETED":
      return "completed";
    case "TASK_STATE_CANCELED":
      return "cancelled";
    case "TASK_STATE_FAILED":
    case "TASK_STATE_REJECTED":
    case "TASK_STATE_INPUT_REQUIRED":
    case "TASK_STATE_AUTH_REQUIRED":
      return "failed";
    default:
      return undefined;
  }
}

/** Why a task that a caller waited for has no result. */
function unfinished(holder: unknown, state: NeutralState): A2aProblem {
  const status = fieldsOf(fieldsOf(holder).status);
  const said = textOf(fieldsOf(status.message).parts) ?? "no message";
  if (state === "failed") return problem("agent", `${status.state}: ${said}`);
  if (state === "cancelled") return problem("rejected", "the server cancelled the task");
  return offSpec("a task that has ended", holder);
}

/** Null when there are no artifacts. */
function textOfArtifacts(artifacts: unknown): string | null {
  if (!Array.isArray(artifacts) || artifacts.length === 0) return null;
  return artifacts.map((artifact) => textOf(fieldsOf(artifact).parts) ?? "").join("");
}

/** The text parts together, and the data parts as JSON; files are no body. Undefined when these are no parts. */
function textOf(parts: unknown): string | undefined {
  if (!Array.isArray(parts)) return undefined;
  let whole = "";
  for (const part of parts) {
    const { text, data } = fieldsOf(part);
    if (typeof text === "string") whole += text;
    else if (isSet(data)) whole += JSON.stringify(data);
  }
  return whole;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

const none: Fields = {};

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : none;
}
