import type { Socket } from "node:net";
import { asFailure, Failure } from "@apb/core/failure";
import { sendGoAway, sendPingAck, sendSettingsAck, sendWindowUpdate } from "./h2-control.ts";
import { errorCode, FrameReader, type FrameSink, frameFlag, frameHeaderBytes, frameType, uint31 } from "./h2-frames.ts";
import { HeadReader, paddingBytes } from "./h2-heads.ts";
import { Outbox } from "./h2-outbox.ts";
import { Requests } from "./h2-requests.ts";
import { clientPreface, connectionWindow, streamWindow } from "./h2-settings.ts";
import type { Http2Stream } from "./h2-stream.ts";
import type { Field } from "./hpack-static.ts";
import { waitingBytes } from "./limits.ts";

const preface = clientPreface();

/** Where a frame of any type may come. */
const anyType = -1;

/**
 * The client's side of one HTTP/2 connection (RFC 9113). A server that breaks the RFC ends it: every request under way
 * fails with `protocol`. `Head` is what `interpret` makes of the fields of a header block.
 */
export class Http2Connection<Head extends object> implements FrameSink {
  private readonly outbox = new Outbox();
  private readonly requests = new Requests<Head>(this.outbox);
  private readonly reader = new FrameReader(this);
  private readonly heads: HeadReader<Head>;
  private socket: Socket | null = null;
  private receivedBytes = 0;
  /** The server begins with SETTINGS (RFC 9113 §3.4). */
  private expectedType: number = frameType.settings;
  /** Bytes of answers to PING and SETTINGS that wait for the server to read. */
  private waitingBytes = 0;
  /** Why there are no new requests, once there are none. */
  private closing: Failure | null = null;
  private ended = false;
  private opening: { readonly resolve: () => void; readonly reject: (failure: Failure) => void } | null = null;

  constructor(interpret: (fields: readonly Field[]) => Head) {
    this.heads = new HeadReader(interpret);
    const at = this.outbox.reserve(preface.length);
    preface.copy(this.outbox.bytes, at);
  }

  /** Begins to speak; data may have come before. Resolves with the server's SETTINGS, rejects with what came instead. */
  attach(socket: Socket): Promise<void> {
    this.socket = socket;
    return new Promise((resolve, reject) => {
      if (this.closing !== null) {
        socket.destroy();
        reject(this.closing);
        return;
      }
      socket.on("close", () => this.lose(socket));
      this.outbox.attach(socket);
      if (this.expectedType === frameType.settings) this.opening = { resolve, reject };
      else resolve();
    });
  }

  /** Takes data from the server: the first `length` of these bytes, valid during the call only. */
  receive(bytes: Buffer, length: number): void {
    if (this.ended) return;
    try {
      this.reader.push(bytes, length);
    } catch (error) {
      this.finish(asFailure(error), errorCode.protocol);
    }
  }

  /** Whether there can be new requests. */
  get isOpen(): boolean {
    return this.closing === null;
  }

  /** What the socket has been given and the kernel has not taken. */
  get unsentBytes(): number {
    return this.socket?.writableLength ?? 0;
  }

  /** Sends a request as soon as the server takes it. When there can be no new ones it fails at once. */
  open(stream: Http2Stream<Head>): void {
    if (this.closing !== null) stream.fail(this.closing);
    else this.requests.add(stream);
  }

  /** Sends what was added to the body of a request that is on its way. */
  sendMore(stream: Http2Stream<Head>): void {
    if (this.requests.on(stream.id) === stream) this.requests.bodies.send(stream);
  }

  /** Ends a request that nobody waits for any more; the server is told. */
  cancel(stream: Http2Stream<Head>): void {
    this.requests.cancel(stream);
    this.leave();
  }

  /** Lets the server send more of an answer, if it has used up half of what it could. */
  replenish(stream: Http2Stream<Head>): void {
    if (stream.receivedBytes < streamWindow / 2 || this.requests.on(stream.id) !== stream) return;
    sendWindowUpdate(this.outbox, stream.id, stream.receivedBytes);
    stream.receivedBytes = 0;
  }

  /** Sends GOAWAY and closes the socket. Requests under way and later ones fail with this. */
  close(failure: Failure): void {
    this.finish(failure, errorCode.none);
  }

  frame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (this.expectedType !== anyType && type !== this.expectedType)
      throw new Failure("protocol", `expected an HTTP/2 frame of type ${this.expectedType}, got type ${type}`);
    if (type === frameType.data) this.onData(flags, id, bytes, start, end);
    else if (type === frameType.headers) this.onHead(this.heads.begin(flags, id, bytes, start, end));
    else this.onOther(type, flags, id, bytes, start, end);
  }

  /** Types that are not here are extensions, to be ignored (RFC 9113 §5.5). */
  private onOther(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    switch (type) {
      case frameType.priority:
        expectFrame("PRIORITY", id > 0, end - start === 5);
        break;
      case frameType.resetStream:
        this.onReset(id, bytes, start, end);
        break;
      case frameType.settings:
        this.onSettings(flags, id, bytes, start, end);
        break;
      case frameType.pushPromise:
        throw new Failure("protocol", "expected no PUSH_PROMISE: we have forbidden it");
      case frameType.ping:
        this.onPing(flags, id, bytes, start, end);
        break;
      case frameType.goAway:
        this.onGoAway(id, bytes, start, end);
        break;
      case frameType.windowUpdate:
        this.onWindowUpdate(id, bytes, start, end);
        break;
      case frameType.continuation:
        if (this.expectedType === anyType) throw new Failure("protocol", "expected HEADERS before CONTINUATION");
        this.onHead(this.heads.continue(flags, id, bytes, start, end));
        break;
    }
  }

  private onData(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    const padded = (flags & frameFlag.padded) !== 0;
    const padding = padded ? paddingBytes(bytes, start, end) : 0;
    const last = (flags & frameFlag.endStream) !== 0;
    this.receivedBytes += length;
    if (this.receivedBytes >= connectionWindow / 2) {
      sendWindowUpdate(this.outbox, 0, this.receivedBytes);
      this.receivedBytes = 0;
    }
    const stream = this.requests.on(id);
    if (stream === undefined) {
      this.requests.expectCancelled(id, last);
      return;
    }
    stream.receivedBytes += length;
    if (stream.receivedBytes > streamWindow)
      throw new Failure("protocol", `expected no more than the window of ${streamWindow} bytes, got more`);
    if (last) this.requests.remove(stream);
    stream.data(bytes, padded ? start + 1 : start, end - padding);
    if (last) {
      stream.end();
      this.leave();
    } else if (stream.wantsMore) this.replenish(stream);
  }

  private onHead(head: Head | null): void {
    this.expectedType = head === null ? frameType.continuation : anyType;
    if (head === null) return;
    const { streamId, last } = this.heads;
    const stream = this.requests.on(streamId);
    if (stream === undefined) {
      this.requests.expectCancelled(streamId, last);
      return;
    }
    if (last) this.requests.remove(stream);
    stream.head(head, last);
    if (last) this.leave();
  }

  private onReset(id: number, bytes: Buffer, start: number, end: number): void {
    expectFrame("RST_STREAM", this.requests.hasBegun(id), end - start === 4);
    const stream = this.requests.on(id);
    this.requests.end(id);
    stream?.reset(bytes.readUInt32BE(start));
    this.leave();
  }

  private onSettings(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const first = this.expectedType === frameType.settings;
    const isAck = (flags & frameFlag.ack) !== 0;
    expectFrame("SETTINGS", id === 0, !isAck || (end === start && !first));
    if (isAck) return;
    this.expectedType = anyType;
    // The acknowledgement first: a server applies its settings when it comes (RFC 9113 §6.5.3), and `obey` sends at once
    // what the new windows allow of the bodies.
    this.expectReader();
    sendSettingsAck(this.outbox);
    this.requests.obey(bytes, start, end);
    if (!first) return;
    this.opening?.resolve();
    this.opening = null;
  }

  private onPing(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    expectFrame("PING", id === 0, end - start === 8);
    if ((flags & frameFlag.ack) !== 0) return;
    this.expectReader();
    sendPingAck(this.outbox, bytes, start);
  }

  /** Before each answer that a server can ask for without end. */
  private expectReader(): void {
    this.waitingBytes = waitingBytes(this.waitingBytes, frameHeaderBytes, this.unsentBytes);
  }

  private onGoAway(id: number, bytes: Buffer, start: number, end: number): void {
    expectFrame("GOAWAY", id === 0, end - start >= 8);
    const code = bytes.readUInt32BE(start + 4);
    const why = `GOAWAY ${code} ${bytes.toString("utf8", start + 8, Math.min(end, start + 208))}`.trim();
    this.closing ??= new Failure("closed", `the server takes no more calls on this connection: ${why}`);
    for (const stream of this.requests.refuse(uint31(bytes, start))) stream.fail(this.closing);
    this.leave();
  }

  private onWindowUpdate(id: number, bytes: Buffer, start: number, end: number): void {
    expectFrame("WINDOW_UPDATE", id === 0 || this.requests.hasBegun(id), end - start === 4);
    const increment = uint31(bytes, start);
    if (increment === 0) throw new Failure("protocol", "expected WINDOW_UPDATE of at least 1 byte, got 0");
    const stream = this.requests.on(id);
    if (id === 0) this.requests.bodies.widen(increment);
    else if (stream !== undefined) this.requests.bodies.widenOne(stream, increment);
  }

  /** After GOAWAY the connection lasts as long as its last answer. */
  private leave(): void {
    if (this.closing !== null && this.requests.size === 0) this.finish(this.closing, errorCode.none);
  }

  private lose(socket: Socket): void {
    const cause = socket.errored ?? undefined;
    const lost =
      this.expectedType === frameType.settings
        ? new Failure("protocol", "expected a server that speaks HTTP/2, but the connection came to nothing", { cause })
        : new Failure("closed", "the server closed the connection", { cause });
    this.finish(this.closing ?? lost, errorCode.none);
  }

  private finish(failure: Failure, code: number): void {
    if (this.ended) return;
    this.ended = true;
    this.closing = failure;
    if (this.socket !== null) this.goAway(this.socket, code);
    this.opening?.reject(failure);
    for (const stream of this.requests.refuse(-1)) stream.fail(failure);
  }

  private goAway(socket: Socket, code: number): void {
    sendGoAway(this.outbox, code);
    this.outbox.flush();
    // A peer that does not read what we wrote would keep us from closing.
    if (socket.writableLength === 0) socket.destroySoon();
    else socket.destroy();
  }
}

function expectFrame(name: string, onItsStream: boolean, ofItsSize: boolean): void {
  if (!onItsStream) throw new Failure("protocol", `expected ${name} on a stream it belongs to, got it elsewhere`);
  if (!ofItsSize) throw new Failure("protocol", `expected ${name} of its size, got another`);
}
