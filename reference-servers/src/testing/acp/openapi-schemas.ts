/**
 * What ACP 0.2.0 (https://github.com/i-am-bee/acp/blob/main/docs/spec/openapi.yaml) says of what a server sends, as JSON
 * Schema, for tests. Two times have a null that the OpenAPI does not mention and every official implementation sends:
 * `completed_at` of a message still being written, and `finished_at` of a run still at work.
 */

const ref = (name: string): object => ({ $ref: `#/$defs/${name}` });
const listOf = (name: string): object => ({ type: "array", items: ref(name) });
const nullable = (schema: object): object => ({ anyOf: [schema, { type: "null" }] });
const time = { type: "string", format: "date-time" };
const text = { type: "string" };
const uuid = { type: "string", format: "uuid" };

/** An object with these members, some of them required; others are allowed. */
function object(properties: Readonly<Record<string, object>>, required: readonly string[]): object {
  return { type: "object", properties, required };
}

/** An event of a type with one more member, of a schema by name. */
function event(type: string, member: string, schema: string): object {
  return object({ type: { const: type }, [member]: ref(schema) }, ["type", member]);
}

const runEvents = ["created", "in-progress", "awaiting", "completed", "failed", "cancelled"];

const part = {
  ...object(
    {
      name: nullable(text),
      content_type: text,
      content: nullable(text),
      content_encoding: { enum: ["plain", "base64"] },
      content_url: nullable({ type: "string", format: "uri" }),
      metadata: nullable(object({ kind: { enum: ["citation", "trajectory"] } }, ["kind"])),
    },
    [],
  ),
  not: object({ content: text, content_url: text }, ["content", "content_url"]),
};

const message = object(
  {
    role: { type: "string", pattern: "^(user|agent(/[a-zA-Z0-9_\\-]+)?)$" },
    parts: listOf("MessagePart"),
    created_at: nullable(time),
    completed_at: nullable(time),
  },
  ["role", "parts"],
);

const run = object(
  {
    run_id: uuid,
    agent_name: ref("AgentName"),
    session_id: nullable(uuid),
    status: { enum: ["created", "in-progress", "awaiting", "cancelling", "cancelled", "completed", "failed"] },
    await_request: nullable(object({ type: text }, ["type"])),
    output: listOf("Message"),
    error: nullable(ref("Error")),
    created_at: time,
    finished_at: nullable(time),
  },
  ["run_id", "agent_name", "status", "output", "created_at"],
);

const manifest = object(
  {
    name: ref("AgentName"),
    description: text,
    input_content_types: { type: "array", items: text, minItems: 1 },
    output_content_types: { type: "array", items: text, minItems: 1 },
    metadata: object({}, []),
    status: object({}, []),
  },
  ["name", "description", "input_content_types", "output_content_types"],
);

/** The schemas by the names of the OpenAPI's components, in one document. */
export const acpSchemas = {
  $id: "acp",
  $defs: {
    Ping: object({}, []),
    // RFC 1123, a label.
    AgentName: { type: "string", pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" },
    AgentManifest: manifest,
    AgentsListResponse: object({ agents: listOf("AgentManifest") }, ["agents"]),
    MessagePart: part,
    Message: message,
    RunCreateRequest: object(
      {
        agent_name: ref("AgentName"),
        session_id: uuid,
        input: { type: "array", items: ref("Message"), minItems: 1 },
        mode: { enum: ["sync", "async", "stream"] },
      },
      ["agent_name", "input"],
    ),
    Run: run,
    Event: {
      oneOf: [
        ...runEvents.map((name) => event(`run.${name}`, "run", "Run")),
        event("message.created", "message", "Message"),
        event("message.part", "part", "MessagePart"),
        event("message.completed", "message", "Message"),
        event("error", "error", "Error"),
        object({ type: { const: "generic" }, generic: object({}, []) }, ["type", "generic"]),
      ],
    },
    RunEventsListResponse: object({ events: listOf("Event") }, ["events"]),
    Session: object({ id: uuid, history: { type: "array", items: text }, state: nullable(text) }, ["id", "history"]),
    Error: object({ code: { enum: ["server_error", "invalid_input", "not_found"] }, message: text }, [
      "code",
      "message",
    ]),
  },
};

/** The successes of each operation: the schema by HTTP status. Every other status comes with an Error. */
export const acpOperations = {
  "GET /ping": { 200: "Ping" },
  "GET /agents": { 200: "AgentsListResponse" },
  "GET /agents/{name}": { 200: "AgentManifest" },
  "POST /runs": { 200: "Run", 202: "Run" },
  "GET /runs/{run_id}": { 200: "Run" },
  "POST /runs/{run_id}": { 200: "Run", 202: "Run" },
  "POST /runs/{run_id}/cancel": { 202: "Run" },
  "GET /runs/{run_id}/events": { 200: "RunEventsListResponse" },
  "GET /session/{session_id}": { 200: "Session" },
} as const satisfies Readonly<Record<string, Readonly<Record<number, string>>>>;
