import { usualMaxReplyBytes, type WireBytes } from "@apb/core/binding";
import { abortFailure, asFailure, Failure } from "@apb/core/failure";
import type { Arrived, Arriving } from "./arriving.ts";
import { type Abortable, CallGroups } from "./call-groups.ts";
import { Inbox } from "./inbox.ts";
import { waitingBytes } from "./limits.ts";
import { ReadClock } from "./read-clock.ts";

/** A frame that answers a request, and whether it is the last one that does. */
export interface Answer<Frame> {
  readonly id: number;
  readonly frame: Frame;
  readonly last: boolean;
}

/** What came and wants an answer of ours. */
export interface Question<Sent> {
  readonly answer: Sent;
}

/** How a protocol puts requests and answers into what its channel carries. */
export interface Framing<Frame, Sent = string, Received = string | Uint8Array> {
  /** What came; null when it is news that answer no request. Throws `protocol` for what is not this protocol. */
  read(data: Received): Answer<Frame> | Question<Sent> | null;
  /** What tells the server that nobody waits any more for answers to request `id`; null where it may not be told. */
  stop(id: number): Sent | null;
  /** How many bytes, or characters, what came or is sent takes. */
  sizeOf(data: Sent | Received): number;
}

/** Makes a request with the id it is given. */
export type Request<Sent = string> = (id: number) => Sent;

/** What carries the requests; a WebSocket is one. */
export interface Channel<Sent> extends AsyncDisposable {
  /** Throws why the channel has ended, when it has. */
  send(data: Sent): void;
  /** How much waits to be sent, in bytes or messages; 0 when the kernel has all of it. */
  readonly unsent: number;
  readonly wire: WireBytes;
  /** Reads no more of it, and again; absent where it has its own way to hold a sender back. */
  pause?(): void;
  resume?(): void;
}

/** Unread bytes of one stream from which on nothing more is read of its channel. */
const highWaterBytes = 256 * 1024;

/** Who is told of what comes on a channel. */
export interface ChannelEvents<Received> {
  message(data: Received): void;
  /** Once, when the channel has ended for any reason. */
  closed(failure: Failure): void;
}

/** Who takes the answers to one request. */
interface Taker<Frame> {
  add(frame: Frame, last: boolean, size: number): void;
  fail(failure: Failure): void;
}

/** Where a request is given up. */
interface Requests {
  giveUp(id: number): void;
}

/** A request under way. */
class Waiting<Frame> implements Abortable {
  readonly id: number;
  readonly taker: Taker<Frame>;
  /** Whether one answer is all that is wanted. */
  readonly once: boolean;
  readonly signal: AbortSignal;
  /** The requests with the same signal. */
  group: Set<Waiting<Frame>> | null = null;
  private readonly among: Requests;

  constructor(id: number, taker: Taker<Frame>, once: boolean, signal: AbortSignal, among: Requests) {
    this.id = id;
    this.taker = taker;
    this.once = once;
    this.signal = signal;
    this.among = among;
  }

  abort(failure: Failure): void {
    this.taker.fail(failure);
    this.among.giveUp(this.id);
  }
}

/** One channel with many requests under way, their answers told apart by id. */
export class Multiplex<Frame, Sent = string, Received = string | Uint8Array> implements AsyncDisposable {
  private readonly framing: Framing<Frame, Sent, Received>;
  private readonly maxReplyBytes: number;
  private readonly waiting = new Map<number, Waiting<Frame>>();
  private readonly groups = new CallGroups<Waiting<Frame>>();
  private connection: Channel<Sent> | null = null;
  private nextId = 0;
  /** Of streams that hold up the channel. */
  private readonly full = new Set<object>();
  /** Bytes of answers to questions that wait for the server to read. */
  private waitingBytes = 0;
  private ended: Failure | null = null;

  private constructor(framing: Framing<Frame, Sent, Received>, maxReplyBytes: number) {
    this.framing = framing;
    this.maxReplyBytes = maxReplyBytes;
  }

  /**
   * Throws what `connect` throws, and `protocol` when something else was said first. A stream of which more than
   * `maxReplyBytes` are left unread ends it.
   */
  static async open<Frame, Sent = string, Received = string | Uint8Array>(
    connect: (events: ChannelEvents<NoInfer<Received>>) => Promise<Channel<NoInfer<Sent>>>,
    framing: Framing<Frame, Sent, Received>,
    maxReplyBytes = usualMaxReplyBytes,
  ): Promise<Multiplex<Frame, Sent, Received>> {
    const made = new Multiplex(framing, maxReplyBytes);
    made.connection = await connect({
      message(data) {
        made.message(data);
      },
      closed(failure) {
        made.end(failure);
      },
    });
    if (made.ended === null) return made;
    await made.connection[Symbol.asyncDispose]();
    throw made.ended;
  }

  get wire(): WireBytes {
    return this.open.wire;
  }

  /** Sends a request and resolves with its first answer. Rejects with a Failure. */
  call(request: Request<Sent>, signal: AbortSignal): Promise<Frame> {
    return new Promise((resolve, reject) => {
      this.begin(request, signal, { add: resolve, fail: reject }, true);
    });
  }

  /**
   * Answers in order, up to and with the last. Leaving early gives the request up; what was not read yet is dropped. One
   * that is left unread holds up all of its channel, which has no other way to hold the server back.
   */
  stream(request: Request<Sent>, signal: AbortSignal): Arriving<Frame> {
    const stream = {
      arrivedMs: Number.NaN,
      [Symbol.asyncIterator]: () => this.answers(request, signal, stream),
    };
    return stream;
  }

  private async *answers(
    request: Request<Sent>,
    signal: AbortSignal,
    stream: { arrivedMs: number },
  ): AsyncGenerator<Frame> {
    const inbox = new Inbox<Arrived<Frame>>(this.maxReplyBytes);
    const clock = new ReadClock(this.open.wire);
    const taker: Taker<Frame> = {
      add: (item, last, size) => {
        inbox.add({ item, atMs: clock.now() }, last, size);
        if (inbox.unreadBytes > highWaterBytes) this.holdUp(inbox);
      },
      fail: (failure) => {
        inbox.fail(failure);
        this.goOn(inbox);
      },
    };
    const id = this.begin(request, signal, taker, false);
    try {
      while (await inbox.filled()) {
        for (const { item, atMs } of inbox.takeAll()) {
          inbox.throwIfFailed();
          stream.arrivedMs = atMs;
          yield item;
        }
        this.goOn(inbox);
      }
    } finally {
      this.goOn(inbox);
      this.giveUp(id);
    }
  }

  private holdUp(unread: object): void {
    this.full.add(unread);
    this.connection?.pause?.();
  }

  private goOn(read: object): void {
    if (this.full.delete(read) && this.full.size === 0) this.connection?.resume?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end(new Failure("closed", "the session is closed"));
    await this.connection?.[Symbol.asyncDispose]();
  }

  private get open(): Channel<Sent> {
    if (this.connection === null) throw new Failure("internal", "used before it was open");
    return this.connection;
  }

  /** Sends a request and registers who takes the answers; returns its id. Throws `closed`, or why the signal was aborted. */
  private begin(request: Request<Sent>, signal: AbortSignal, taker: Taker<Frame>, once: boolean): number {
    if (this.ended !== null) throw this.ended;
    if (signal.aborted) throw abortFailure(signal);
    const id = this.nextId++;
    this.open.send(request(id));
    const waiting = new Waiting(id, taker, once, signal, this);
    waiting.group = this.groups.join(waiting);
    this.waiting.set(id, waiting);
    return id;
  }

  private leave(waiting: Waiting<Frame>): void {
    this.waiting.delete(waiting.id);
    waiting.group?.delete(waiting);
  }

  /** Forgets a request whose answers nobody waits for, and says so to the server. */
  giveUp(id: number): void {
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    this.leave(waiting);
    const stop = this.framing.stop(id);
    try {
      if (stop !== null) this.open.send(stop);
    } catch {
      // `send` throws where the connection has ended; then there is no server to tell.
    }
  }

  private message(data: Received): void {
    if (this.ended !== null) return;
    try {
      this.deliver(data);
    } catch (error) {
      this.end(asFailure(error));
      void this.connection?.[Symbol.asyncDispose]();
    }
  }

  private deliver(data: Received): void {
    const read = this.framing.read(data);
    if (read === null) return;
    if ("answer" in read) {
      const { answer } = read;
      this.waitingBytes = waitingBytes(this.waitingBytes, this.framing.sizeOf(answer), this.open.unsent);
      this.open.send(answer);
      return;
    }
    const { id, frame, last } = read;
    if (id >= this.nextId) throw new Failure("protocol", `expected the id of a request, got ${id}`);
    // Answers to a request that was given up may still be on their way; nobody waits for them.
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    if (last || waiting.once) this.leave(waiting);
    waiting.taker.add(frame, last, this.framing.sizeOf(data));
  }

  private end(failure: Failure): void {
    this.ended ??= failure;
    for (const waiting of this.waiting.values()) {
      this.leave(waiting);
      waiting.taker.fail(this.ended);
    }
    this.groups.leave();
  }
}
