import { Failure } from "@apb/core/failure";
import { type GrpcHead, isGrpc } from "./grpc-head.ts";
import { GrpcStatus } from "./grpc-status.ts";
import type { Http2Connection } from "./h2-connection.ts";
import { errorCode } from "./h2-frames.ts";
import type { Http2Stream, RequestHead } from "./h2-stream.ts";
import { HttpRefusal, isRefusal } from "./http-refusal.ts";
import { tooLarge } from "./limits.ts";
import { phaseTime, readTime, tellPhases } from "./phases.ts";

/** Bytes before each message: a flag and its length (PROTOCOL-HTTP2, Length-Prefixed-Message). */
export const prefixBytes = 5;
/** What a message takes before its bytes have come; a longer one gets more as it arrives. */
const trustedBytes = 4 * 1024 * 1024;

/** gRPC's meaning of RST_STREAM (PROTOCOL-HTTP2, Errors); all other codes are INTERNAL, 13. */
const resetStatus: Readonly<Record<number, number>> = {
  [errorCode.refusedStream]: 14,
  [errorCode.cancel]: 1,
  [errorCode.enhanceYourCalm]: 8,
  [errorCode.inadequateSecurity]: 7,
};
const internalStatus = 13;

const sent = new Uint8Array(0);

/** A call on one stream: one message out, messages and a status in. Frames that come after its end are ignored. */
export abstract class GrpcCall implements Http2Stream<GrpcHead> {
  id = 0;
  sentBytes = 0;
  sendWindow = 0;
  receivedBytes = 0;
  bodyBytes: number;
  readonly bodyIsWhole: boolean = true;
  readonly request: RequestHead;
  readonly signal: AbortSignal;
  private readonly maxReplyBytes: number;
  protected connection: Http2Connection<GrpcHead> | null = null;
  /** The calls with the same signal, while it is under way. */
  group: Set<GrpcCall> | null = null;
  /** There is an outcome. */
  protected over = false;
  /** Emptied once it is sent, so that a call that waits for its answer does not hold the bytes of its request. */
  private message: Uint8Array;
  private hasHead = false;
  /** When all of its request was handed to the socket, and when the first byte of its answer came. */
  private sentAt = Number.NaN;
  private firstAt = Number.NaN;
  /** Of the message that is being received: bytes of the prefix, their meaning, what has come. */
  private prefixed = 0;
  private length = 0;
  private received: Buffer | null = null;
  private filled = 0;

  constructor(request: RequestHead, message: Uint8Array, signal: AbortSignal, maxReplyBytes: number) {
    this.request = request;
    this.message = message;
    this.bodyBytes = prefixBytes + message.length;
    this.signal = signal;
    this.maxReplyBytes = maxReplyBytes;
  }

  abstract readonly wantsMore: boolean;
  /** A complete message, to keep. */
  protected abstract take(message: Buffer): void;
  /** A complete message among bytes that will be gone. */
  protected takeFrom(bytes: Buffer, start: number, end: number): void {
    this.take(Buffer.from(bytes.subarray(start, end)));
  }

  /** Status OK, and nothing missing. */
  protected abstract succeed(): void;
  protected abstract refuse(failure: Failure): void;

  /** Begins, unless it is already over. */
  open(connection: Http2Connection<GrpcHead>): void {
    if (this.over) return;
    this.connection = connection;
    connection.open(this);
  }

  copyBody(target: Buffer, at: number, from: number, to: number): void {
    const { message } = this;
    let place = at;
    for (let n = from; n < prefixBytes && n < to; n++) target[place++] = n === 0 ? 0 : message.length >>> (8 * (4 - n));
    const start = Math.max(0, from - prefixBytes);
    const end = to - prefixBytes;
    if (end > start) target.set(end - start === message.length ? message : message.subarray(start, end), place);
    if (to !== this.bodyBytes) return;
    this.message = sent;
    this.sentAt = phaseTime();
  }

  head(head: GrpcHead, last: boolean): void {
    if (this.over) return;
    if (Number.isNaN(this.firstAt)) this.firstAt = readTime();
    if (!this.hasHead && isRefusal(Number(head.httpStatus)) && !isGrpc(head)) {
      this.abort(new HttpRefusal(Number(head.httpStatus)));
      return;
    }
    const problem = this.hasHead ? trailersProblem(head, last) : headProblem(head, last);
    if (problem !== null) this.reject(problem);
    // Informational (RFC 9110 §15.2): the answer is still to come.
    else if (this.hasHead || Number(head.httpStatus) >= 200) {
      this.hasHead = true;
      if (last) this.settle(head);
    }
  }

  private settle({ code, details }: GrpcHead): void {
    if (code !== null && code !== 0) this.fail(new GrpcStatus(code, details));
    else if (code === null) this.reject("expected grpc-status at the end of the answer, got none");
    else if (this.prefixed > 0) this.reject("expected complete messages, but the answer ended in the middle of one");
    else {
      // Requests share the connection: none is blocked by another.
      tellPhases(Number.NaN, this.sentAt, this.firstAt);
      this.succeed();
    }
  }

  data(bytes: Buffer, start: number, end: number): void {
    if (!this.hasHead) this.reject("expected an answer that begins with a head, got DATA");
    let at = start;
    while (at < end && !this.over) {
      if (this.received === null) at = this.prefix(bytes, at, end);
      if (this.received !== null) at = this.fill(this.received, bytes, at, end);
    }
  }

  /** Reads what is there of a message's prefix, and with it a message that is all there; gives where that ends. */
  private prefix(bytes: Buffer, start: number, end: number): number {
    let at = start;
    for (; this.prefixed < prefixBytes && at < end; at++) {
      const octet = bytes[at] as number;
      if (this.prefixed === 0 && octet !== 0) {
        this.reject(`expected messages that are not compressed, got flag ${octet}`);
        return end;
      }
      this.length = this.prefixed === 0 ? 0 : this.length * 256 + octet;
      this.prefixed++;
    }
    if (this.prefixed < prefixBytes) return at;
    if (this.length > this.maxReplyBytes) {
      this.abort(tooLarge(this.maxReplyBytes));
      return end;
    }
    if (end - at >= this.length) {
      this.prefixed = 0;
      this.takeFrom(bytes, at, at + this.length);
      return at + this.length;
    }
    this.received = Buffer.allocUnsafe(Math.min(this.length, trustedBytes));
    return at;
  }

  /** Copies what is there of a message; gives where it ends. */
  private fill(received: Buffer, bytes: Buffer, start: number, end: number): number {
    const taken = Math.min(end - start, this.length - this.filled);
    let into = received;
    if (this.filled + taken > into.length) {
      into = Buffer.allocUnsafe(Math.min(this.length, 2 * (this.filled + taken)));
      received.copy(into, 0, 0, this.filled);
      this.received = into;
    }
    bytes.copy(into, this.filled, start, start + taken);
    this.filled += taken;
    if (this.filled === this.length) {
      this.prefixed = 0;
      this.filled = 0;
      this.received = null;
      this.take(into);
    }
    return start + taken;
  }

  end(): void {
    this.reject("expected trailers with grpc-status at the end of the answer, got none");
  }

  reset(code: number): void {
    this.fail(new GrpcStatus(resetStatus[code] ?? internalStatus, `the server sent RST_STREAM ${code}`));
  }

  fail(failure: Failure): void {
    if (this.over) return;
    this.finish();
    this.refuse(failure);
  }

  /** The caller wants no more of it. */
  abort(failure: Failure): void {
    this.connection?.cancel(this);
    this.fail(failure);
  }

  protected reject(message: string): void {
    this.abort(new Failure("protocol", message));
  }

  protected finish(): void {
    this.over = true;
    this.group?.delete(this);
  }
}

function headProblem(head: GrpcHead, last: boolean): string | null {
  const { malformed, httpStatus, contentType, code } = head;
  if (malformed !== null) return `expected an HTTP/2 answer, got ${malformed}`;
  if (httpStatus === null) return "expected an answer that begins with :status, got none";
  if (httpStatus < 200) return last ? "expected an answer after an informational one, got its end" : null;
  if (isGrpc(head) && (httpStatus === 200 || (last && code !== null))) return null;
  return `expected a gRPC answer, got HTTP status ${httpStatus} and content-type "${contentType}"`;
}

function trailersProblem({ malformed, httpStatus }: GrpcHead, last: boolean): string | null {
  if (malformed !== null) return `expected HTTP/2 trailers, got ${malformed}`;
  return last && httpStatus === null ? null : "expected one head and, at the end, trailers, got another head";
}
