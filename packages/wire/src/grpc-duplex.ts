import type { Failure } from "@apb/core/failure";
import { GrpcCall, prefixBytes } from "./grpc-call.ts";
import type { DuplexCall, DuplexEvents } from "./grpc-connection.ts";
import { endedByServer } from "./grpc-status.ts";
import type { RequestHead } from "./h2-stream.ts";

/** A call on a stream of our own that is open both ways until it ends. */
export class DuplexStream extends GrpcCall implements DuplexCall {
  override readonly bodyIsWhole = false;
  readonly wantsMore = true;
  private readonly events: DuplexEvents;
  /** Prefixes and messages that are not sent completely, and where in the body the first of them begins. */
  private readonly parts: Uint8Array[] = [];
  private partsStart = 0;
  private ended: Failure | null = null;

  constructor(request: RequestHead, signal: AbortSignal, maxReplyBytes: number, events: DuplexEvents) {
    super(request, noMessage, signal, maxReplyBytes);
    this.bodyBytes = 0;
    this.events = events;
  }

  get unsent(): number {
    return this.bodyBytes - this.sentBytes + (this.connection?.unsentBytes ?? 0);
  }

  send(message: Uint8Array): void {
    if (this.ended !== null) throw this.ended;
    const prefix = Buffer.alloc(prefixBytes);
    prefix.writeUInt32BE(message.length, 1);
    this.parts.push(prefix, message);
    this.bodyBytes += prefixBytes + message.length;
    this.connection?.sendMore(this);
  }

  /** Bytes leave in order, so that what lies before `to` is never asked for again. */
  override copyBody(target: Buffer, at: number, from: number, to: number): void {
    let place = at;
    for (let part = this.parts[0]; part !== undefined && this.partsStart < to; part = this.parts[0]) {
      const piece = part.subarray(Math.max(0, from - this.partsStart), to - this.partsStart);
      target.set(piece, place);
      place += piece.length;
      if (this.partsStart + part.length > to) return;
      this.partsStart += part.length;
      this.parts.shift();
    }
  }

  protected take(message: Buffer): void {
    this.events.message(message);
  }

  protected succeed(): void {
    this.finish();
    this.refuse(endedByServer());
  }

  protected refuse(failure: Failure): void {
    this.ended = failure;
    this.events.closed(failure);
  }
}

const noMessage = new Uint8Array(0);
