import { constants, type Http2Session, type ServerHttp2Stream } from "node:http2";

/** What a call weighs beside the bytes of its messages: its stream and its objects, as measured. */
const callWeightBytes = 6 * 1024;
/** Calls and bytes that come before it is looked which of the calls are still there. */
const freshCalls = 64;
const freshBytes = 64 * 1024;

/**
 * What peers make a listener hold, bounded in bytes over all connections: requests that do not end, and replies that are
 * not taken (HTTP/2 lets a client ask and open no window for the answers). Beyond the bound the connection with the oldest
 * of them is ended: those of clients that send and read are done in turn, so the oldest is one of a client that does not.
 *
 * Most calls are over before the next ones come. They are only noted in a list; to book each, and listen for its close,
 * was a tenth of the cost of an echo.
 */
export class HeldBytes {
  private readonly limitBytes: number;
  private fresh: ServerHttp2Stream[] = [];
  private freshBytes = 0;
  /** What each call weighs that was not over soon, oldest first; those that have closed since stay until the next look. */
  private readonly weights = new Map<ServerHttp2Stream, number>();
  private bytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** A call has begun, or has been given its last message of these bytes. */
  note(stream: ServerHttp2Stream, bytes: number): void {
    this.fresh.push(stream);
    this.freshBytes += bytes;
    if (this.fresh.length >= freshCalls || this.freshBytes >= freshBytes) this.sift();
  }

  /** Bytes that are held for a call from now on. One that has begun to hold keeps its turn until it has dropped all. */
  hold(stream: ServerHttp2Stream, bytes: number): void {
    if (stream.destroyed) return;
    const weight = bytes + callWeightBytes;
    this.bytes += weight - (this.weights.get(stream) ?? 0);
    this.weights.set(stream, weight);
    if (this.bytes > this.limitBytes) this.dropClosed();
    while (this.bytes > this.limitBytes) this.endOldest();
  }

  /** Nothing is held for a call: its bytes are another's concern, or have gone. */
  drop(stream: ServerHttp2Stream): void {
    const weight = this.weights.get(stream);
    if (weight === undefined) return;
    this.weights.delete(stream);
    this.bytes -= weight;
  }

  /** Lets go of calls that have closed. */
  dropClosed(): void {
    for (const stream of this.weights.keys()) if (stream.destroyed) this.drop(stream);
  }

  private sift(): void {
    const noted = this.fresh;
    this.fresh = [];
    this.freshBytes = 0;
    for (const stream of noted) {
      if (stream.destroyed || stream.writableFinished) continue;
      if (stream.writableEnded) this.hold(stream, stream.writableLength);
      // Between its request and its answer a call is its method's.
      else if (!stream.readableEnded && !this.weights.has(stream)) this.hold(stream, 0);
    }
  }

  private endOldest(): void {
    const [oldest] = this.weights.keys();
    if (oldest === undefined) return;
    const { session } = oldest;
    // All at once: that the streams have closed will be said only later.
    for (const stream of this.weights.keys()) if (stream === oldest || stream.session === session) this.drop(stream);
    // Not now: Node may be in the middle of what it reads from this connection, and would write to memory it has freed.
    if (session !== undefined) setImmediate(end, session);
  }
}

function end(session: Http2Session): void {
  session.destroy(new Error("the peer lets too much wait"), constants.NGHTTP2_ENHANCE_YOUR_CALM);
}
