import type { Reply, StreamEnd, Streaming, UnaryOf } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { failureOf, succeeded } from "@apb/core/problem";
import { type Message, parseMessage } from "@apb/protocols/jsonrpc";
import { allTools, type McpMessage, readRefusal, readToolPage, readToolText } from "@apb/protocols/mcp-client";
import { progressOf, progressTokenOf } from "@apb/protocols/mcp-progress";
import {
  answerToServer,
  cancelledText,
  initializeRequest,
  readInitialized,
  sessionCallRequest,
  sessionListRequest,
  sessionStreamRequest,
} from "@apb/protocols/mcp-session";
import type { Framing, Multiplex, Request } from "@apb/wire/multiplex";

/** What answers a request, and before it the notifications of its progress. */
export type Answer = Extract<Message, { kind: "result" | "error" | "notification" }>;

/** The messages of MCP on one channel, of which many requests can be under way. */
export type McpMessages = Multiplex<Answer>;

/** The first request of a channel. */
const firstId = 0;

/** JSON-RPC messages of a revision in which servers ask too (`asked` answers them), or, with null, may not. */
function framing(
  asked: ((request: Extract<Message, { kind: "request" }>) => string) | null,
  stop: (id: number) => string | null,
): Framing<Answer> {
  return {
    read(data) {
      const message = typeof data === "string" ? parseMessage(data) : null;
      if (message?.kind === "request" && asked !== null) return { answer: asked(message) };
      if (message?.kind === "notification") {
        const token = progressTokenOf(message);
        return typeof token === "number" ? { id: token, frame: message, last: false } : null;
      }
      if ((message?.kind === "result" || message?.kind === "error") && typeof message.id === "number")
        return { id: message.id, frame: message, last: true };
      throw new Failure("protocol", `expected a JSON-RPC message, got ${String(data).slice(0, 200)}`);
    },
    stop,
    sizeOf: ({ length }) => length,
  };
}

/** MCP 2026-07-28. */
export const statelessFraming = framing(null, cancelledText);

/** MCP 2025-11-25. Clients must not cancel `initialize` (Cancellation). */
export const sessionFraming = framing(answerToServer, (id) => (id === firstId ? null : cancelledText(id)));

/** Begins a session of MCP 2025-11-25 (Lifecycle, "Initialization"); its client is to say next that it has begun. Throws what the server reports. */
export async function initialize(messages: McpMessages, signal: AbortSignal): Promise<void> {
  succeeded(readInitialized(await ask(messages, initializeRequest, null, signal)));
}

/** One operation in a session of MCP 2025-11-25. Throws what the server reports. */
export async function callInSession(
  messages: McpMessages,
  operation: UnaryOf<"discover" | "send">,
  signal: AbortSignal,
): Promise<Reply> {
  switch (operation.kind) {
    case "send": {
      const { agent, body } = operation;
      return succeeded(readToolText(await ask(messages, (id) => sessionCallRequest(id, agent, body), agent, signal)));
    }
    case "discover": {
      const page = (cursor: string | null): Promise<unknown> =>
        ask(messages, (id) => sessionListRequest(id, cursor), null, signal);
      return allTools(async (cursor) => succeeded(readToolPage(await page(cursor), () => true)));
    }
  }
}

/** The messages of one call in a session of MCP 2025-11-25, as they come. Throws what the server reports. */
export function streamInSession(
  messages: McpMessages,
  { agent, body }: Streaming,
  signal: AbortSignal,
): AsyncIterable<Reply> {
  return streamedOn(messages, (id) => sessionStreamRequest(id, agent, body), {
    ...{ tool: agent, signal },
    read: (result) => succeeded(readToolText(result)),
  });
}

/** A call of a tool whose progress is told. */
export interface StreamedCall {
  readonly tool: string;
  readonly signal: AbortSignal;
  /** What the tool answers with. Throws for a result that is none. */
  read(result: unknown): McpMessage;
}

/**
 * The messages of a tool's progress as they come; where it tells of none, its result is the one message there is. Throws what the server reports.
 */
export async function* streamedOn(
  messages: McpMessages,
  request: Request<string>,
  { tool, signal, read }: StreamedCall,
): AsyncGenerator<Reply, StreamEnd> {
  const answers = messages.stream(request, signal);
  let silent = 0;
  let told = false;
  for await (const answer of answers) {
    const { arrivedMs: atMs } = answers;
    if (answer.kind === "notification") {
      const body = progressOf(answer, progressTokenOf(answer));
      if (body === null) silent++;
      else {
        told = true;
        yield { kind: "message", body, atMs };
      }
    } else {
      const reply = read(resultIn(answer, tool));
      if (!told && reply.body !== "") yield { ...reply, atMs };
    }
  }
  return { atMs: answers.arrivedMs, silent };
}

/** The result of one request. Throws what the server reports; `tool` is the one that was called, null for none. */
export async function ask(
  messages: McpMessages,
  request: Request<string>,
  tool: string | null,
  signal: AbortSignal,
): Promise<unknown> {
  return resultIn(await messages.call(request, signal), tool);
}

function resultIn(answer: Answer, tool: string | null): unknown {
  if (answer.kind === "result") return answer.result;
  if (answer.kind === "error") throw failureOf(readRefusal(answer.error, tool));
  throw new Failure("protocol", "expected an answer, got progress of a request that wants none");
}
