import type { ClientKind, WireBytes } from "@apb/core/binding";
import type { Failure } from "@apb/core/failure";
import { loadedOnce } from "./loaded-once.ts";

export interface WebSocketEvents {
  /** A text frame's text, or a binary frame's bytes. */
  message(data: string | Uint8Array): void;
  /** Once, when the connection has ended for any reason. */
  closed(failure: Failure): void;
}

/** One WebSocket. Requests and replies are matched by whoever uses it. */
export interface WebSocketConnection extends AsyncDisposable {
  /** Throws `closed` when the connection has ended. */
  send(data: string | Uint8Array): void;
  readonly wire: WireBytes;
}

/** Opens the connection now, as the URL's user if it names one, and asks for `subprotocol` unless it is null. Throws `refused`, `rejected`, `protocol`, `timeout`, `usage` or the signal's failure. */
export type ConnectWebSocket = (
  url: URL,
  subprotocol: string | null,
  events: WebSocketEvents,
  signal: AbortSignal,
) => Promise<WebSocketConnection>;

/** Loaded when first asked for, so that a process pays only for the client it uses. */
const implementations: Readonly<Record<ClientKind, () => Promise<ConnectWebSocket>>> = {
  library: loadedOnce(async () => (await import("./websocket-ws.ts")).connectWs),
  wire: loadedOnce(async () => (await import("./websocket-wire.ts")).connectWebSocketWire),
};

/** A WebSocket made by the client asked for. */
export async function connectWebSocket(
  url: URL,
  subprotocol: string | null,
  events: WebSocketEvents,
  client: ClientKind,
  signal: AbortSignal,
): Promise<WebSocketConnection> {
  const connect = await implementations[client]();
  return connect(url, subprotocol, events, signal);
}
