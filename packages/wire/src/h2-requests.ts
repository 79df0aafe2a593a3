import { Failure } from "@apb/core/failure";
import { Bodies } from "./h2-bodies.ts";
import { sendCancel } from "./h2-control.ts";
import { frameFlag, frameHeaderBytes, frameType, largestStreamId, writeFrameHeader } from "./h2-frames.ts";
import type { Outbox } from "./h2-outbox.ts";
import { initialSettings, readSettings } from "./h2-settings.ts";
import type { Http2Stream, RequestHead } from "./h2-stream.ts";
import { HpackEncoder } from "./hpack-encoder.ts";

/** Frames of answers that we have cancelled may still come; of so many we remember it. */
const mostCancelled = 100_000;

/** The requests of one connection, from the wish to send one until its answer is complete. */
export class Requests<Head> {
  readonly bodies: Bodies;
  private readonly outbox: Outbox;
  private readonly peer = initialSettings();
  private readonly encoder = new HpackEncoder();
  private readonly underWay = new Map<number, Http2Stream<Head>>();
  /** More than the server takes at once. */
  private readonly waiting: Http2Stream<Head>[] = [];
  /** Streams we have ended before the server did. */
  private cancelled: Set<number> | null = null;
  /** A client's streams are odd. */
  private lastId = -1;

  constructor(outbox: Outbox) {
    this.outbox = outbox;
    this.bodies = new Bodies(outbox);
  }

  /** How many have been sent and not been answered. */
  get size(): number {
    return this.underWay.size;
  }

  /** The request under way on this stream. */
  on(id: number): Http2Stream<Head> | undefined {
    return this.underWay.get(id);
  }

  /** Whether there has been a request on this stream. */
  hasBegun(id: number): boolean {
    return id % 2 === 1 && id <= this.lastId;
  }

  /** Sends a request, or lets it wait until the server takes more (SETTINGS_MAX_CONCURRENT_STREAMS). */
  add(stream: Http2Stream<Head>): void {
    if (this.underWay.size < this.peer.concurrentStreams && this.waiting.length === 0) this.send(stream);
    else this.waiting.push(stream);
  }

  /** Forgets a request that is answered, or will not be; what has not been sent of it is not sent any more. */
  remove(stream: Http2Stream<Head>): void {
    this.underWay.delete(stream.id);
    if (stream.sentBytes < stream.bodyBytes || !stream.bodyIsWhole) this.abandon(stream);
    if (this.waiting.length > 0) this.sendWaiting();
  }

  /** Ends a request whose answer nobody waits for. */
  cancel(stream: Http2Stream<Head>): void {
    if (this.underWay.get(stream.id) === stream) {
      this.abandon(stream);
      this.remove(stream);
      return;
    }
    const place = this.waiting.indexOf(stream);
    if (place >= 0) this.waiting.splice(place, 1);
  }

  /** Forgets what the server will not answer: streams above `lastId`, and those that wait. Gives them. */
  refuse(lastId: number): Http2Stream<Head>[] {
    const refused = [...this.underWay.values()].filter((stream) => stream.id > lastId);
    for (const { id } of refused) this.underWay.delete(id);
    return [...refused, ...this.waiting.splice(0)];
  }

  /** HEADERS and DATA may come on streams under way and, until the server knows, on cancelled ones (RFC 9113 §5.1). Throws `protocol`. */
  expectCancelled(id: number, last: boolean): void {
    if (!this.cancelled?.has(id))
      throw new Failure("protocol", `expected answers to requests under way, got one on stream ${id}`);
    if (last) this.cancelled.delete(id);
  }

  /** The server has ended a stream by RST_STREAM: nothing more comes, and nothing is to be sent. */
  end(id: number): void {
    this.cancelled?.delete(id);
    const stream = this.underWay.get(id);
    if (stream === undefined) return;
    this.bodies.stop(stream);
    this.remove(stream);
  }

  /** Takes over the server's SETTINGS. Throws `protocol`. */
  obey(bytes: Buffer, start: number, end: number): void {
    const before = this.peer.initialWindow;
    readSettings(this.peer, bytes, start, end);
    this.encoder.limit(this.peer.headerTableBytes);
    const change = this.peer.initialWindow - before;
    // RFC 9113 §6.9.2: also the windows of streams that have begun.
    if (change !== 0) for (const stream of this.underWay.values()) this.bodies.widenOne(stream, change);
    this.sendWaiting();
  }

  private send(stream: Http2Stream<Head>): void {
    if (this.lastId === largestStreamId) {
      stream.fail(new Failure("closed", "this connection has carried as many calls as it can: open another"));
      return;
    }
    this.lastId += 2;
    stream.id = this.lastId;
    stream.sendWindow = this.peer.initialWindow;
    this.underWay.set(stream.id, stream);
    this.sendHead(stream.id, stream.request);
    this.bodies.send(stream);
  }

  private sendHead(id: number, head: RequestHead): void {
    const { encoder } = this;
    const { version } = encoder;
    if (head.encoder !== encoder || head.version !== version) {
      // Not a Buffer: a small one is a slice of Node's 8 KiB pool and keeps all of it.
      head.block = new Uint8Array(encoder.encode(head.fields));
      // A block that changes the table is right only once; the next one finds its fields in the table.
      head.encoder = encoder.version === version ? encoder : null;
      head.version = version;
    }
    const { block } = head;
    const at = this.outbox.reserve(frameHeaderBytes + block.length);
    const { bytes } = this.outbox;
    const payload = writeFrameHeader(bytes, at, block.length, frameType.headers, frameFlag.endHeaders, id);
    for (let n = 0; n < block.length; n++) bytes[payload + n] = block[n] as number;
  }

  private sendWaiting(): void {
    while (this.underWay.size < this.peer.concurrentStreams) {
      const stream = this.waiting.shift();
      if (stream === undefined) return;
      this.send(stream);
    }
  }

  private abandon(stream: Http2Stream<Head>): void {
    this.bodies.stop(stream);
    sendCancel(this.outbox, stream.id);
    this.cancelled ??= new Set();
    this.cancelled.add(stream.id);
    if (this.cancelled.size <= mostCancelled) return;
    const [oldest] = this.cancelled;
    if (oldest !== undefined) this.cancelled.delete(oldest);
  }
}
