import { a2aErrors, type Part, type TaskState, taskStates } from "@apb/protocols/a2a";
import { A2aError } from "./error.ts";
import { type Fields, fieldsOf } from "./field-names.ts";

/** Media type of text parts, the only content the agents read and write. */
export const textMode = "text/plain";

/** A client's message as far as it is used: no metadata, no extensions. Absent is undefined. */
export interface UserMessage {
  readonly messageId: string;
  readonly contextId: string | undefined;
  readonly taskId: string | undefined;
  readonly parts: readonly Part[];
}

/** A SendMessageRequest that was found to be in order. */
export interface SendRequest {
  readonly message: UserMessage;
  readonly returnImmediately: boolean;
  readonly historyLength: number | undefined;
}

/** A ListTasksRequest that was found to be in order. */
export interface ListRequest {
  readonly contextId: string;
  readonly status: TaskState;
  readonly pageSize: number;
  readonly pageToken: string;
  readonly historyLength: number | undefined;
  /** Milliseconds since 1970; tasks whose status is older are left out. */
  readonly statusAfterMs: number;
  readonly includeArtifacts: boolean;
}

/** What a part can hold instead of text. */
const otherContents = ["raw", "url", "data"];
const mostInt32 = 2 ** 31 - 1;

/** Throws InvalidParams for what is missing or of the wrong type, ContentTypeNotSupported for parts that are no text. */
export function readSendRequest(request: unknown): SendRequest {
  const { message, configuration } = objectAt("the request", request);
  const read = readMessage(objectAt("message", message));
  if (isAbsent(configuration)) return { message: read, returnImmediately: false, historyLength: undefined };
  const options = objectAt("configuration", configuration);
  if (!isAbsent(options.taskPushNotificationConfig))
    throw new A2aError(a2aErrors.pushNotificationNotSupported, "this agent sends no push notifications");
  return {
    message: read,
    returnImmediately: flag("configuration.returnImmediately", options.returnImmediately),
    historyLength: count("configuration.historyLength", options.historyLength),
  };
}

/** The message's text parts together. */
export function textOf({ parts }: UserMessage): string {
  return parts.length === 1 ? (parts[0]?.text ?? "") : parts.map((part) => part.text).join("");
}

/** `historyLength` of GetTaskRequest, and the id that it, CancelTaskRequest and SubscribeToTaskRequest have. */
export function readTaskRequest(request: unknown): { readonly id: string; readonly historyLength: number | undefined } {
  const { id, historyLength } = objectAt("the request", request);
  if (typeof id !== "string" || id === "") throw invalid("id", "a task's id", id);
  return { id, historyLength: count("historyLength", historyLength) };
}

/** ListTasksRequest with its defaults (§3.1.4). */
export function readListRequest(request: unknown): ListRequest {
  const fields = objectAt("the request", request);
  const status = fields.status ?? "TASK_STATE_UNSPECIFIED";
  if (!isTaskState(status)) throw invalid("status", `one of ${taskStates.join(", ")}`, status);
  const pageSize = count("pageSize", fields.pageSize) ?? 50;
  if (pageSize < 1 || pageSize > 100) throw invalid("pageSize", "a whole number from 1 to 100", pageSize);
  const after = text("statusTimestampAfter", fields.statusTimestampAfter);
  const statusAfterMs = after === "" ? Number.NEGATIVE_INFINITY : Date.parse(after);
  if (Number.isNaN(statusAfterMs)) throw invalid("statusTimestampAfter", "an ISO 8601 timestamp", after);
  return {
    contextId: text("contextId", fields.contextId),
    status,
    pageSize,
    pageToken: text("pageToken", fields.pageToken),
    historyLength: count("historyLength", fields.historyLength),
    statusAfterMs,
    includeArtifacts: flag("includeArtifacts", fields.includeArtifacts),
  };
}

/** InvalidParams that names the field, what it should be and what it was. */
export function invalid(field: string, expected: string, got: unknown): A2aError {
  const shown = typeof got === "object" ? (got === null ? "null" : "an object or array") : JSON.stringify(got);
  return new A2aError(
    a2aErrors.invalidParams,
    `${field}: expected ${expected}, got ${(shown ?? "nothing").slice(0, 100)}`,
  );
}

function readMessage({ messageId, contextId, taskId, role, parts }: Fields): UserMessage {
  if (typeof messageId !== "string" || messageId === "") throw invalid("message.messageId", "an id", messageId);
  if (role !== "ROLE_USER") throw invalid("message.role", '"ROLE_USER"', role);
  if (!Array.isArray(parts) || parts.length === 0) throw invalid("message.parts", "at least one part", parts);
  return {
    messageId,
    contextId: text("message.contextId", contextId) || undefined,
    taskId: text("message.taskId", taskId) || undefined,
    parts: parts.map(readPart),
  };
}

function readPart(value: unknown): Part {
  const part = objectAt("message.parts", value);
  const other = otherContents.find((name) => !isAbsent(part[name]));
  if (other !== undefined && isAbsent(part.text))
    throw new A2aError(a2aErrors.contentTypeNotSupported, `expected text parts, got one with ${other}`);
  if (other !== undefined || typeof part.text !== "string")
    throw invalid("message.parts", "one of text, raw, url and data in each part", value);
  const mediaType = text("message.parts.mediaType", part.mediaType);
  if (mediaType === "") return { text: part.text };
  if (mediaType.split(";", 1)[0]?.trim().toLowerCase() !== textMode)
    throw new A2aError(a2aErrors.contentTypeNotSupported, `expected ${textMode}, got ${mediaType.slice(0, 100)}`);
  return { text: part.text, mediaType };
}

/** Decoded protobuf has null for an absent message. */
function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** Every message in a request is read through here. */
function objectAt(field: string, value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return fieldsOf(field, value as Fields);
  throw invalid(field, "an object", value);
}

/** Absent is empty, as in protobuf. */
function text(field: string, value: unknown): string {
  if (isAbsent(value)) return "";
  if (typeof value !== "string") throw invalid(field, "text", value);
  return value;
}

/** Absent is false. */
function flag(field: string, value: unknown): boolean {
  if (isAbsent(value)) return false;
  if (typeof value !== "boolean") throw invalid(field, "true or false", value);
  return value;
}

/** ProtoJSON writes an int32 as a number and reads decimal text as well. */
function count(field: string, value: unknown): number | undefined {
  if (isAbsent(value)) return undefined;
  const number = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number) || number < 0 || number > mostInt32)
    throw invalid(field, "a whole number, 0 or more", value);
  return number;
}

function isTaskState(value: unknown): value is TaskState {
  return taskStates.some((state) => state === value);
}
