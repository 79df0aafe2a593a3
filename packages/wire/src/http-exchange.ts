import { abortFailure, Failure } from "@apb/core/failure";
import type { Arrived, Arriving } from "./arriving.ts";
import { GatheredBytes } from "./gathered-bytes.ts";
import type { HttpReply, HttpRequest, HttpStream } from "./http-connection.ts";
import type { ReplyHead } from "./http-head.ts";
import type { ReplySink } from "./http-parser.ts";
import { tooLarge } from "./limits.ts";
import { phaseTime } from "./phases.ts";
import type { ReadClock } from "./read-clock.ts";

/** What an exchange can do to the connection it has for itself. */
export interface Hold {
  pause(): void;
  resume(): void;
  /** Gives the exchange up, and with it the connection. */
  leave(): void;
}

/** One request and what becomes of its reply: `head` and `data`, then `end`; or `fail` at any time. */
export interface Exchange extends ReplySink {
  /** When it was asked for, as phases are timed. */
  readonly askedAt: number;
  readonly signal: AbortSignal;
  /** What is to be sent; only once, so that an exchange that waits for its reply does not hold the body of its request. */
  takeRequest(): HttpRequest;
  /** The request is being sent. */
  begin(hold: Hold): void;
  end(): void;
  fail(failure: Failure): void;
}

const nothing: HttpRequest = { method: "GET", path: "/", headers: {}, body: null };

/** An exchange whose reply is wanted as a whole. */
export class WholeReply implements Exchange {
  readonly askedAt = phaseTime();
  readonly signal: AbortSignal;
  private request: HttpRequest;
  readonly fail: (failure: Failure) => void;
  private readonly resolve: (reply: HttpReply) => void;
  private readonly maxReplyBytes: number;
  private headOfReply: ReplyHead | null = null;
  private body = "";
  private pieces: GatheredBytes | null = null;

  constructor(
    request: HttpRequest,
    signal: AbortSignal,
    maxReplyBytes: number,
    resolve: (reply: HttpReply) => void,
    reject: (failure: Failure) => void,
  ) {
    this.request = request;
    this.signal = signal;
    this.maxReplyBytes = maxReplyBytes;
    this.resolve = resolve;
    this.fail = reject;
  }

  takeRequest(): HttpRequest {
    const { request } = this;
    this.request = nothing;
    return request;
  }

  begin(): void {}

  head(head: ReplyHead): void {
    if (head.length > this.maxReplyBytes) throw tooLarge(this.maxReplyBytes);
    this.headOfReply = head;
  }

  data(buffer: Buffer, start: number, end: number, last: boolean): void {
    if (last && this.pieces === null) {
      this.body = textOf(buffer, start, end);
      return;
    }
    if (this.pieces === null) {
      this.pieces = new GatheredBytes();
      this.pieces.expect(this.headOfReply?.length ?? 0);
    }
    this.pieces.addWithin(this.maxReplyBytes, buffer, start, end);
  }

  end(): void {
    const { status, headers } = this.headOfReply as ReplyHead;
    if (this.pieces !== null) {
      this.body = textOf(this.pieces.bytes, 0, this.pieces.length);
      this.pieces.drop(this.pieces.length);
    }
    this.resolve({ status, headers, body: this.body });
  }
}

/** As the Encoding Standard decodes UTF-8: without a byte order mark, and with U+FFFD for what is none. */
export function textOf(buffer: Buffer, start: number, end: number): string {
  const text = buffer.toString("utf8", start, end);
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Bytes a reader has not taken yet; above it nothing more is read from the socket. */
const highWaterBytes = 256 * 1024;

interface Reader {
  resolve(result: IteratorResult<Uint8Array, undefined>): void;
  reject(failure: Failure): void;
}

const finished: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** An exchange whose reply is wanted as it comes. It is the iterator of its own chunks: one reader, who waits for one at a time. */
export class StreamedReply implements Exchange, Arriving<Uint8Array>, AsyncIterableIterator<Uint8Array, undefined> {
  readonly askedAt = phaseTime();
  readonly signal: AbortSignal;
  private request: HttpRequest;
  arrivedMs = Number.NaN;
  private readonly maxReplyBytes: number;
  private readonly clock: ReadClock;
  private readonly resolve: (stream: HttpStream) => void;
  private readonly reject: (failure: Failure) => void;
  private hold: Hold | null = null;
  private reader: Reader | null = null;
  private readonly arrived: Arrived<Uint8Array>[] = [];
  private arrivedBytes = 0;
  private ended = false;
  private endedMs = Number.NaN;
  private failure: Failure | null = null;

  constructor(
    request: HttpRequest,
    signal: AbortSignal,
    maxReplyBytes: number,
    clock: ReadClock,
    resolve: (stream: HttpStream) => void,
    reject: (failure: Failure) => void,
  ) {
    this.request = request;
    this.signal = signal;
    this.maxReplyBytes = maxReplyBytes;
    this.clock = clock;
    this.resolve = resolve;
    this.reject = reject;
  }

  takeRequest(): HttpRequest {
    const { request } = this;
    this.request = nothing;
    return request;
  }

  begin(hold: Hold): void {
    this.hold = hold;
  }

  head({ status, headers }: ReplyHead): void {
    const { maxReplyBytes } = this;
    this.resolve({ status, headers, maxReplyBytes, chunks: this });
  }

  data(buffer: Buffer, start: number, end: number): void {
    const chunk = Buffer.from(buffer.subarray(start, end));
    const { reader } = this;
    const atMs = this.clock.now();
    if (reader !== null) {
      this.reader = null;
      this.arrivedMs = atMs;
      reader.resolve({ done: false, value: chunk });
      return;
    }
    this.arrived.push({ item: chunk, atMs });
    this.arrivedBytes += chunk.length;
    if (this.arrivedBytes > highWaterBytes) this.hold?.pause();
  }

  end(): void {
    this.ended = true;
    this.endedMs = this.clock.now();
    this.hold = null;
    if (this.reader === null) return;
    this.arrivedMs = this.endedMs;
    this.reader.resolve(finished);
    this.reader = null;
  }

  fail(failure: Failure): void {
    this.failure = failure;
    this.hold = null;
    this.reject(failure);
    this.reader?.reject(failure);
    this.reader = null;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.failure === null && this.signal.aborted && this.arrived.length > 0)
      this.failure = abortFailure(this.signal);
    if (this.failure !== null) return Promise.reject(this.failure);
    const next = this.arrived.shift();
    if (next === undefined) {
      if (this.ended) {
        this.arrivedMs = this.endedMs;
        return Promise.resolve(finished);
      }
      if (this.reader !== null)
        return Promise.reject(new Failure("internal", "expected a reader to wait for one chunk"));
      return new Promise((resolve, reject) => {
        this.reader = { resolve, reject };
      });
    }
    const chunk = next.item;
    this.arrivedMs = next.atMs;
    const wasFull = this.arrivedBytes > highWaterBytes;
    this.arrivedBytes -= chunk.length;
    if (wasFull && this.arrivedBytes <= highWaterBytes) this.hold?.resume();
    return Promise.resolve({ done: false, value: chunk });
  }

  /** The reader has left. */
  return(): Promise<IteratorReturnResult<undefined>> {
    this.ended = true;
    this.arrived.length = 0;
    this.hold?.leave();
    this.hold = null;
    return Promise.resolve(finished);
  }
}
