import type { Headers, WireBytes } from "@apb/core/binding";
import type { Failure } from "@apb/core/failure";

/** Who is told what comes on a WebSocket. */
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
  /** Bytes that wait to be written. */
  readonly unsent: number;
  readonly wire: WireBytes;
  /** Reads no more, not even the end; and again. Closing it reads on. */
  pause(): void;
  resume(): void;
}

/** Opens the connection now, as the URL's user if it names one, and asks for `subprotocol` unless it is null. Throws `refused`, `rejected`, `protocol`, `timeout`, `usage` or the signal's failure. */
export type ConnectWebSocket = (
  url: URL,
  subprotocol: string | null,
  events: WebSocketEvents,
  signal: AbortSignal,
  maxReplyBytes: number,
  headers: Headers,
) => Promise<WebSocketConnection>;
