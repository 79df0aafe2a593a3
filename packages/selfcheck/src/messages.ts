import { Failure } from "@apb/core/failure";
import type { SendMessageRequest, SendMessageResponse } from "@apb/protocols/a2a";
import { a2aService } from "@apb/protocols/a2a";
import { readSent, sendMessageRequest } from "@apb/protocols/a2a-client";
import { type Run, runCreateText, textPart } from "@apb/protocols/acp";
import { readAnswer } from "@apb/protocols/acp-client";
import { readRunCreate } from "@apb/protocols/acp-server";
import { type AgpMessage, type AgpReply, agpService } from "@apb/protocols/agp";
import { readMessage, resultText } from "@apb/protocols/jsonrpc";
import { callRequest, metaKeys, readToolText } from "@apb/protocols/mcp";
import { a2aProto, agpProto } from "@apb/protos/files";
import { method } from "@apb/wire/protobuf";
import { loadSync, type MethodDefinition } from "@grpc/proto-loader";

/** One message of a protocol, both ways between a text and the bytes that travel. */
export interface CodedMessage {
  readonly name: string;
  readonly encoding: "JSON" | "protobuf";
  encode(text: string): Uint8Array;
  /** Throws `mismatch` for bytes that carry no text. */
  decode(bytes: Uint8Array): string;
}

const agent = "echo";
const id = "3f1c2d94-7a57-4d0a-9c3b-5d9f6a1e8b70";
const time = "2026-11-21T06:38:03.000Z";

/** The request and the reply of one message to an agent, for each protocol and encoding, with the code that bindings use. */
export const messages: readonly CodedMessage[] = [
  json(
    "MCP tools/call request",
    (text) => callRequest(1, agent, text),
    (value) => {
      const message = readMessage(value);
      return message.kind === "request" ? (message.params as { arguments: { text: string } }).arguments : message;
    },
  ),
  json("MCP tools/call result", mcpResult, (value) => {
    const message = readMessage(value);
    return message.kind === "result" ? readToolText(message.result) : message;
  }),
  json(
    "A2A SendMessage request",
    (text) => JSON.stringify(sendMessageRequest(id, text)),
    (value) => (value as SendMessageRequest).message.parts[0],
  ),
  json("A2A SendMessage reply", (text) => JSON.stringify(a2aReply(text)), readSent),
  json(
    "ACP run request",
    (text) => runCreateText(agent, text, "sync"),
    (value) => {
      const order = readRunCreate(value);
      return "invalid" in order ? null : order;
    },
  ),
  json("ACP run", (text) => JSON.stringify(acpRun(text)), readAnswer),
  ...protobuf<SendMessageRequest, SendMessageResponse>("A2A SendMessage", a2aProto, a2aService, {
    request: (text) => sendMessageRequest(id, text),
    requested: (request) => request.message.parts[0],
    reply: a2aReply,
    replied: readSent,
  }),
  ...protobuf<AgpMessage, AgpReply>("AGP SendMessage", agpProto, agpService, {
    request: (message) => ({ message, agent }),
    requested: ({ message }) => ({ text: message }),
    reply: (message) => ({ message }),
    replied: ({ message }) => ({ text: message }),
  }),
];

/** What a reader makes of a message: the text is in `text` or `body`. */
type Read = object | null | undefined;

function json(name: string, build: (text: string) => string, read: (value: unknown) => Read): CodedMessage {
  return {
    name,
    encoding: "JSON",
    encode: (text) => Buffer.from(build(text), "utf8"),
    decode: (bytes) => textIn(read(JSON.parse((bytes as Buffer).toString("utf8")))),
  };
}

interface Exchange<Request, Reply> {
  request(text: string): Request;
  requested(request: Request): Read;
  reply(text: string): Reply;
  replied(reply: Reply): Read;
}

/** The client's half by the bindings' own codec, the server's by proto-loader, which that codec is made of. */
function protobuf<Request extends object, Reply extends object>(
  name: string,
  file: string,
  service: string,
  { request, requested, reply, replied }: Exchange<Request, Reply>,
): readonly CodedMessage[] {
  const client = method<Request, Reply>(file, service, "SendMessage");
  const loaded = loadSync(file, { longs: String, enums: String, defaults: true, oneofs: true })[service];
  const server = (loaded as Record<string, MethodDefinition<object, object>>).SendMessage;
  if (server === undefined) throw new Failure("internal", `${file} has no ${service}/SendMessage`);
  return [
    {
      name: `${name} request`,
      encoding: "protobuf",
      encode: (text) => client.encode(request(text)),
      decode: (bytes) => textIn(requested(server.requestDeserialize(bytes as Buffer) as Request)),
    },
    {
      name: `${name} reply`,
      encoding: "protobuf",
      encode: (text) => server.responseSerialize(reply(text)),
      decode: (bytes) => textIn(replied(client.decode(bytes))),
    },
  ];
}

function textIn(read: Read): string {
  const { text, body } = (read ?? {}) as { text?: unknown; body?: unknown };
  if (typeof text === "string") return text;
  if (typeof body === "string") return body;
  throw new Failure("mismatch", `expected a message with a text, got ${JSON.stringify(read)?.slice(0, 200)}`);
}

function mcpResult(text: string): string {
  const serverInfo = { name: "reference", version: "1" };
  const result = {
    content: [{ type: "text", text }],
    resultType: "complete",
    _meta: { [metaKeys.serverInfo]: serverInfo },
  };
  return resultText(1, JSON.stringify(result));
}

function a2aReply(text: string): SendMessageResponse {
  return { message: { messageId: id, contextId: id, role: "ROLE_AGENT", parts: [{ text }] } };
}

function acpRun(text: string): Run {
  return {
    run_id: id,
    agent_name: agent,
    session_id: id,
    status: "completed",
    await_request: null,
    output: [{ role: `agent/${agent}`, parts: [textPart(text)], created_at: time, completed_at: time }],
    error: null,
    created_at: time,
    finished_at: time,
  };
}
