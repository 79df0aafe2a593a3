import type { WireBytes } from "@apb/core/binding";
import { abortFailure, asFailure, Failure } from "@apb/core/failure";
import type { WebSocketConnection, WebSocketEvents } from "@apb/wire/websocket";
import { Inbox } from "./inbox.ts";

/** A frame that answers a request, and whether it is the last one that does. */
export interface Answer<Frame> {
  readonly id: number;
  readonly frame: Frame;
  readonly last: boolean;
}

/** How a protocol puts requests and answers into frames. */
export interface Framing<Frame> {
  /** What came; null when it is news that answer no request. Throws `protocol` for what is not this protocol. */
  read(data: string | Uint8Array): Answer<Frame> | null;
  /** What tells the server that nobody waits any more for answers to request `id`. */
  stop(id: number): string;
}

/** Makes the text of a request with the id it is given. */
export type Request = (id: number) => string;

/** Who takes the answers to one request. */
interface Taker<Frame> {
  add(frame: Frame, last: boolean): void;
  fail(failure: Failure): void;
}

interface Waiting<Frame> {
  readonly taker: Taker<Frame>;
  /** Whether one answer is all that is wanted. */
  readonly once: boolean;
  readonly signal: AbortSignal;
  abort(): void;
}

/** One WebSocket with many requests under way, their answers told apart by id. */
export class Multiplex<Frame> implements AsyncDisposable {
  private readonly framing: Framing<Frame>;
  private readonly waiting = new Map<number, Waiting<Frame>>();
  private connection: WebSocketConnection | null = null;
  private nextId = 0;
  private ended: Failure | null = null;

  private constructor(framing: Framing<Frame>) {
    this.framing = framing;
  }

  /** Throws what `connect` throws, and `protocol` when something else was said first. */
  static async open<Frame>(
    connect: (events: WebSocketEvents) => Promise<WebSocketConnection>,
    framing: Framing<Frame>,
  ): Promise<Multiplex<Frame>> {
    const made = new Multiplex(framing);
    made.connection = await connect({
      message: (data) => made.message(data),
      closed: (failure) => made.end(failure),
    });
    if (made.ended === null) return made;
    await made.connection[Symbol.asyncDispose]();
    throw made.ended;
  }

  get wire(): WireBytes {
    return this.open.wire;
  }

  /** Sends a request and resolves with its first answer. Rejects with a Failure. */
  call(request: Request, signal: AbortSignal): Promise<Frame> {
    return new Promise((resolve, reject) => {
      this.begin(request, signal, { add: resolve, fail: reject }, true);
    });
  }

  /** Answers in order, up to and with the last. Leaving early gives the request up; what was not read yet is dropped. */
  async *stream(request: Request, signal: AbortSignal): AsyncIterable<Frame> {
    const inbox = new Inbox<Frame>();
    const id = this.begin(request, signal, inbox, false);
    try {
      while (await inbox.filled()) {
        for (const frame of inbox.takeAll()) {
          inbox.throwIfFailed();
          yield frame;
        }
      }
    } finally {
      this.giveUp(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end(new Failure("closed", "the session is closed"));
    await this.connection?.[Symbol.asyncDispose]();
  }

  private get open(): WebSocketConnection {
    if (this.connection === null) throw new Failure("internal", "used before it was open");
    return this.connection;
  }

  /** Sends a request and registers who takes the answers; returns its id. Throws `closed`, or why the signal was aborted. */
  private begin(request: Request, signal: AbortSignal, taker: Taker<Frame>, once: boolean): number {
    if (this.ended !== null) throw this.ended;
    if (signal.aborted) throw abortFailure(signal);
    const id = this.nextId++;
    this.open.send(request(id));
    const abort = (): void => {
      taker.fail(abortFailure(signal));
      this.giveUp(id);
    };
    signal.addEventListener("abort", abort, { once: true });
    this.waiting.set(id, { taker, once, signal, abort });
    return id;
  }

  private leave(id: number, { signal, abort }: Waiting<Frame>): void {
    this.waiting.delete(id);
    signal.removeEventListener("abort", abort);
  }

  private giveUp(id: number): void {
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    this.leave(id, waiting);
    try {
      this.open.send(this.framing.stop(id));
    } catch {
      // The connection is on its way down; there is nobody left to tell.
    }
  }

  private message(data: string | Uint8Array): void {
    if (this.ended !== null) return;
    try {
      this.deliver(data);
    } catch (error) {
      this.end(asFailure(error));
      void this.connection?.[Symbol.asyncDispose]();
    }
  }

  private deliver(data: string | Uint8Array): void {
    const answer = this.framing.read(data);
    if (answer === null) return;
    const { id, frame, last } = answer;
    if (id >= this.nextId) throw new Failure("protocol", `expected the id of a request, got ${id}`);
    // Answers to a request that was given up may still be on their way; nobody waits for them.
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    if (last || waiting.once) this.leave(id, waiting);
    waiting.taker.add(frame, last);
  }

  private end(failure: Failure): void {
    this.ended ??= failure;
    for (const [id, waiting] of this.waiting) {
      this.leave(id, waiting);
      waiting.taker.fail(this.ended);
    }
  }
}
