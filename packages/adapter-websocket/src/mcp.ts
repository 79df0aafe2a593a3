import type { Binding } from "@apb/core/binding";
import { binding } from "@apb/core/offer";
import { streamedByProgress } from "@apb/protocols/mcp-progress";
import { initializedText, sessionRevision, webSocketSubprotocol } from "@apb/protocols/mcp-session";
import { Multiplex } from "@apb/wire/multiplex";
import { connectWebSocket, type WebSocketConnection } from "@apb/wire/websocket";
import { callInSession, initialize, sessionFraming, streamInSession } from "./mcp-messages.ts";

const noTasks = `tasks are an experiment in MCP ${sessionRevision}: a call has one answer`;

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
    streamedBy: streamedByProgress,
  },
  can: ["discover", "send", "stream"],
  cannot: { start: noTasks, poll: noTasks, cancel: noTasks },
  async connect(url, { client, signal, maxReplyBytes, headers }) {
    let socket: WebSocketConnection | undefined;
    const frames = await Multiplex.open(
      async (events) => {
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
      },
      sessionFraming,
      maxReplyBytes,
    );
    try {
      await initialize(frames, signal);
      socket?.send(initializedText);
    } catch (error) {
      await frames[Symbol.asyncDispose]();
      throw error;
    }
    return {
      wire: frames.wire,
      call: (operation, callSignal) => callInSession(frames, operation, callSignal),
      stream: (operation, callSignal) => streamInSession(frames, operation, callSignal),
      [Symbol.asyncDispose]: () => frames[Symbol.asyncDispose](),
    };
  },
});
