import { abortFailure, Failure } from "@apb/core/failure";
import type { Arrived, Arriving } from "./arriving.ts";
import { GrpcCall } from "./grpc-call.ts";
import type { RequestHead } from "./h2-stream.ts";
import type { ReadClock } from "./read-clock.ts";

interface Reader {
  resolve(result: IteratorResult<Uint8Array, undefined>): void;
  reject(failure: Failure): void;
}

const finished: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** A call answered by a sequence of messages, and their iterator: for one reader, who asks for one at a time. */
export class StreamingCall
  extends GrpcCall
  implements Arriving<Uint8Array>, AsyncIterableIterator<Uint8Array, undefined>
{
  arrivedMs = Number.NaN;
  private readonly clock: ReadClock;
  private readonly begin: (call: GrpcCall) => void;
  private begun = false;
  private reader: Reader | null = null;
  private readonly arrived: Arrived<Buffer>[] = [];
  private endedMs = Number.NaN;
  private failure: Failure | null = null;

  /** `begin` sends the call; that is done when the first message is asked for. */
  constructor(
    request: RequestHead,
    message: Uint8Array,
    signal: AbortSignal,
    maxReplyBytes: number,
    clock: ReadClock,
    begin: (call: GrpcCall) => void,
  ) {
    super(request, message, signal, maxReplyBytes);
    this.clock = clock;
    this.begin = begin;
  }

  /** Messages that nobody takes keep the server from sending more. */
  get wantsMore(): boolean {
    return this.arrived.length === 0;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.begun) {
      this.begun = true;
      this.begin(this);
    }
    const { signal, arrived } = this;
    if (arrived.length > 0 && signal.aborted) {
      arrived.length = 0;
      this.failure = abortFailure(signal);
    }
    const next = arrived.shift();
    if (next !== undefined) {
      this.arrivedMs = next.atMs;
      if (arrived.length === 0) this.connection?.replenish(this);
      return Promise.resolve({ done: false, value: next.item });
    }
    return this.wait();
  }

  /** The reader has left. */
  return(): Promise<IteratorReturnResult<undefined>> {
    this.begun = true;
    this.arrived.length = 0;
    this.failure = null;
    if (!this.over) {
      this.connection?.cancel(this);
      this.succeed();
    }
    return Promise.resolve(finished);
  }

  protected refuse(failure: Failure): void {
    if (this.reader === null) this.failure = failure;
    else this.reader.reject(failure);
    this.reader = null;
  }

  protected take(message: Buffer): void {
    const { reader } = this;
    const atMs = this.clock.now();
    this.reader = null;
    if (reader === null) {
      this.arrived.push({ item: message, atMs });
      return;
    }
    this.arrivedMs = atMs;
    reader.resolve({ done: false, value: message });
  }

  protected succeed(): void {
    this.finish();
    this.endedMs = this.clock.now();
    if (this.reader === null) return;
    this.arrivedMs = this.endedMs;
    this.reader.resolve(finished);
    this.reader = null;
  }

  /** The next message when it comes; a failure once, and after it the end. */
  private wait(): Promise<IteratorResult<Uint8Array, undefined>> {
    const { failure } = this;
    this.failure = null;
    if (failure !== null) return Promise.reject(failure);
    if (this.over) {
      this.arrivedMs = this.endedMs;
      return Promise.resolve(finished);
    }
    if (this.reader !== null)
      return Promise.reject(new Failure("internal", "expected a reader to wait for one message before the next"));
    return new Promise((resolve, reject) => {
      this.reader = { resolve, reject };
    });
  }
}
