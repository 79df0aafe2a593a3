import { Failure } from "@apb/core/failure";
import {
  frameFlag,
  frameHeaderBytes,
  framePayloadBytes,
  frameType,
  largestWindow,
  writeFrameHeader,
} from "./h2-frames.ts";
import type { Outbox } from "./h2-outbox.ts";
import { defaultWindow } from "./h2-settings.ts";
import type { Http2Stream } from "./h2-stream.ts";

/** Sends the bodies of requests as the peer's windows allow: one of the connection, one of each stream (RFC 9113 §5.2). */
export class Bodies {
  private readonly outbox: Outbox;
  private window = defaultWindow;
  /** Those with something left to send, in the order they met a used-up window. */
  private blocked: Set<Body> | null = null;

  constructor(outbox: Outbox) {
    this.outbox = outbox;
  }

  /** Sends all of a body, or what the windows allow and the rest later. */
  send(body: Body): void {
    if (this.advance(body)) return;
    this.blocked ??= new Set();
    this.blocked.add(body);
  }

  /** Sends no more of it. */
  stop(body: Body): void {
    this.blocked?.delete(body);
    body.sentBytes = body.bodyBytes;
  }

  /** The peer's WINDOW_UPDATE for the connection. Throws `protocol`. */
  widen(increment: number): void {
    this.window = widened(this.window, increment);
    this.resume();
  }

  /** The peer's WINDOW_UPDATE for one stream, or a change of the window all of them began with. Throws `protocol`. */
  widenOne(body: Body, change: number): void {
    body.sendWindow = widened(body.sendWindow, change);
    if (this.blocked?.has(body) && this.advance(body)) this.blocked.delete(body);
  }

  private resume(): void {
    if (this.blocked === null) return;
    for (const body of this.blocked) {
      if (this.window <= 0) return;
      if (this.advance(body)) this.blocked.delete(body);
    }
  }

  /** False when something is left. */
  private advance(body: Body): boolean {
    const { id, bodyBytes } = body;
    while (body.sentBytes < bodyBytes) {
      const sent = body.sentBytes;
      const length = Math.min(bodyBytes - sent, framePayloadBytes, body.sendWindow, this.window);
      if (length <= 0) return false;
      const at = this.outbox.reserve(frameHeaderBytes + length);
      const { bytes } = this.outbox;
      const flags = sent + length === bodyBytes && body.bodyIsWhole ? frameFlag.endStream : 0;
      body.copyBody(bytes, writeFrameHeader(bytes, at, length, frameType.data, flags, id), sent, sent + length);
      body.sentBytes = sent + length;
      body.sendWindow -= length;
      this.window -= length;
    }
    return true;
  }
}

type Body = Pick<Http2Stream<never>, "id" | "bodyBytes" | "bodyIsWhole" | "sentBytes" | "sendWindow" | "copyBody">;

/** A window may become negative, but never larger than the largest (RFC 9113 §6.9.1, §6.9.2). */
function widened(window: number, bytes: number): number {
  if (window + bytes <= largestWindow) return window + bytes;
  throw new Failure("protocol", `expected windows of at most ${largestWindow} bytes, got one of ${window + bytes}`);
}
