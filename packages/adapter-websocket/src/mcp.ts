import type { Binding, Reply, UnaryOf } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { binding } from "@apb/core/offer";
import { failureOf, succeeded } from "@apb/core/problem";
import { type Message, parseMessage } from "@apb/protocols/jsonrpc";
import { allTools, readRefusal, readToolPage, readToolText } from "@apb/protocols/mcp-client";
import {
  answerToServer,
  cancelledText,
  initializedText,
  initializeRequest,
  readInitialized,
  sessionCallRequest,
  sessionListRequest,
  sessionRevision,
  webSocketSubprotocol,
} from "@apb/protocols/mcp-session";
import { type Framing, Multiplex, type Request } from "@apb/wire/multiplex";
import { connectWebSocket, type WebSocketConnection } from "@apb/wire/websocket";

const noTasks = `tasks are an experiment in MCP ${sessionRevision}: a call has one answer`;
const noStream = "a tool answers with one result";

/**
 * MCP 2025-11-25 on a WebSocket: subprotocol `mcp`, one JSON-RPC message a text frame, a session each connection. No
 * revision has this transport; it is the one that version 1 of the SDKs speaks.
 */
export const mcpWebSocket: Binding = binding({
  protocol: "mcp",
  transport: "websocket",
  variant: null,
  spec: {
    name: "MCP, on WebSocket",
    version: sessionRevision,
    url: "https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#custom-transports",
    standing: "de-facto",
  },
  can: ["discover", "send"],
  cannot: { stream: noStream, start: noTasks, poll: noTasks, cancel: noTasks },
  async connect(url, { client, signal, maxReplyBytes, headers }) {
    let socket: WebSocketConnection | undefined;
    const frames = await Multiplex.open(async (events) => {
      socket = await connectWebSocket(
        new URL(url),
        webSocketSubprotocol,
        events,
        client,
        signal,
        maxReplyBytes,
        headers,
      );
      return socket;
    }, framing);
    try {
      succeeded(readInitialized(await ask(frames, initializeRequest, null, signal)));
      socket?.send(initializedText);
    } catch (error) {
      await frames[Symbol.asyncDispose]();
      throw error;
    }
    return {
      wire: frames.wire,
      call: (operation, callSignal) => call(frames, operation, callSignal),
      stream: null,
      [Symbol.asyncDispose]: () => frames[Symbol.asyncDispose](),
    };
  },
});

type Answer = Extract<Message, { kind: "result" | "error" }>;

/** The first request of a connection. Clients must not cancel `initialize` (Cancellation). */
const initializeId = 0;

const framing: Framing<Answer> = {
  read(data) {
    const message = typeof data === "string" ? parseMessage(data) : null;
    if (message?.kind === "request") return { answer: answerToServer(message) };
    if (message?.kind === "notification") return null;
    if ((message?.kind === "result" || message?.kind === "error") && typeof message.id === "number")
      return { id: message.id, frame: message, last: true };
    throw new Failure("protocol", `expected a JSON-RPC message, got ${String(data).slice(0, 200)}`);
  },
  stop: (id) => (id === initializeId ? null : cancelledText(id)),
  sizeOf: ({ length }) => length,
};

async function call(
  frames: Multiplex<Answer>,
  operation: UnaryOf<"discover" | "send">,
  signal: AbortSignal,
): Promise<Reply> {
  switch (operation.kind) {
    case "send": {
      const { agent, body } = operation;
      return succeeded(readToolText(await ask(frames, (id) => sessionCallRequest(id, agent, body), agent, signal)));
    }
    case "discover": {
      const page = (cursor: string | null): Promise<unknown> =>
        ask(frames, (id) => sessionListRequest(id, cursor), null, signal);
      return allTools(async (cursor) => succeeded(readToolPage(await page(cursor), () => true)));
    }
  }
}

/** The result of one request. Throws what the server reports; `tool` is the one that was called, null for none. */
async function ask(
  frames: Multiplex<Answer>,
  request: Request<string>,
  tool: string | null,
  signal: AbortSignal,
): Promise<unknown> {
  const answer = await frames.call(request, signal);
  if (answer.kind === "error") throw failureOf(readRefusal(answer.error, tool));
  return answer.result;
}
