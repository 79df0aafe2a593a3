import { type ClientKind, type Headers, usualMaxReplyBytes } from "@apb/core/binding";
import { loadedOnce } from "./loaded-once.ts";
import type { ConnectWebSocket, WebSocketConnection, WebSocketEvents } from "./websocket-connection.ts";

export type { WebSocketConnection, WebSocketEvents };

/** Loaded when first asked for, so that a process pays only for the client it uses. */
const implementations: Readonly<Record<ClientKind, () => Promise<ConnectWebSocket>>> = {
  library: loadedOnce(async () => (await import("./websocket-ws.ts")).connectWs),
  wire: loadedOnce(async () => (await import("./websocket-wire.ts")).connectWebSocketWire),
};

/** A WebSocket made by the client asked for; a larger message than `maxReplyBytes` ends it with `protocol`. */
export async function connectWebSocket(
  url: URL,
  subprotocol: string | null,
  events: WebSocketEvents,
  client: ClientKind,
  signal: AbortSignal,
  maxReplyBytes = usualMaxReplyBytes,
  headers: Headers = {},
): Promise<WebSocketConnection> {
  const connect = await implementations[client]();
  return connect(url, subprotocol, events, signal, maxReplyBytes, headers);
}
