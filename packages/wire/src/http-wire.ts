import type { Socket } from "node:net";
import type { Headers } from "@apb/core/binding";
import { abortFailure, Failure } from "@apb/core/failure";
import { type AbortWatcher, unwatchAbort, watchAbort } from "./abort-watch.ts";
import { classify } from "./failures.ts";
import type { HttpConnection, HttpReply, HttpRequest, HttpStream } from "./http-connection.ts";
import { type Exchange, StreamedReply, WholeReply } from "./http-exchange.ts";
import { HttpLine, type LineOwner } from "./http-line.ts";
import { type RequestWriter, writerFor } from "./http-request.ts";
import { ReadClock } from "./read-clock.ts";
import { WireCounter } from "./socket.ts";

/** HTTP/1.1 on a socket of our own: one at a time, no pipelining, every deviation from RFC 9112 a failure, no time-outs but the caller's signal. */
export async function connectHttpWire(
  url: URL,
  signal: AbortSignal,
  maxReplyBytes: number,
  headers: Headers,
): Promise<HttpConnection> {
  const connection = new WireHttp(url, maxReplyBytes, headers);
  await connection.open(signal);
  return connection;
}

/** Exchanges that wait for their turn, and the line they take turns on: a new one when the last has ended. */
class WireHttp implements HttpConnection, AbortWatcher, LineOwner {
  readonly wire = new WireCounter();
  private readonly url: URL;
  private readonly maxReplyBytes: number;
  private readonly writer: RequestWriter;
  private readonly waiting: Exchange[] = [];
  /** Why it is closed, once it is. */
  private closed: Failure | null = null;
  /** Ends the opening of another line. */
  private opening: AbortController | null = null;
  private line: HttpLine | null = null;
  private socket: Socket | null = null;
  /** Of the exchange that was begun last; users make all their calls with one signal. */
  private signal: AbortSignal | null = null;

  constructor(url: URL, maxReplyBytes: number, headers: Headers) {
    this.url = url;
    this.maxReplyBytes = maxReplyBytes;
    this.writer = writerFor(url, headers);
  }

  request(request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    return new Promise((resolve, reject) =>
      this.take(new WholeReply(request, signal, this.maxReplyBytes, resolve, reject)),
    );
  }

  stream(request: HttpRequest, signal: AbortSignal): Promise<HttpStream> {
    return new Promise((resolve, reject) =>
      this.take(new StreamedReply(request, signal, this.maxReplyBytes, new ReadClock(this.wire), resolve, reject)),
    );
  }

  async open(signal: AbortSignal): Promise<void> {
    const { line, socket } = await HttpLine.open(this.url, signal, this);
    this.wire.add(socket);
    this.socket = socket;
    this.line = line;
    if (this.closed !== null) line.end(this.closed);
  }

  freed(): void {
    this.turn();
  }

  aborted(signal: AbortSignal): void {
    const failure = abortFailure(signal);
    for (const exchange of this.waiting.filter((one) => one.signal === signal)) {
      this.waiting.splice(this.waiting.indexOf(exchange), 1);
      exchange.fail(failure);
    }
    if (this.line?.exchange?.signal === signal) this.line.end(failure);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failure = new Failure("closed", "the session is closed");
    this.closed ??= failure;
    this.opening?.abort(failure);
    for (const exchange of this.waiting.splice(0)) {
      exchange.fail(failure);
      unwatchAbort(exchange.signal, this);
    }
    this.line?.end(failure);
    if (this.signal !== null) unwatchAbort(this.signal, this);
    const { socket } = this;
    if (socket?.closed === false) await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  }

  private take(exchange: Exchange): void {
    const { signal } = exchange;
    const failure = signal.aborted ? abortFailure(signal) : this.closed;
    if (failure !== null) {
      exchange.fail(failure);
      return;
    }
    if (signal !== this.signal) watchAbort(signal, this);
    this.waiting.push(exchange);
    this.turn();
  }

  /** Begins the next exchange, if there is one and the line is free for it. */
  private turn(): void {
    while (this.waiting.length > 0 && this.opening === null) {
      const { line } = this;
      if (line === null) this.openAgain();
      else if (line.exchange !== null) return;
      else if (line.usable) line.begin(this.next(), this.writer);
      else {
        this.line = null;
        if (line.blame !== null) this.next().fail(line.blame);
      }
    }
  }

  private next(): Exchange {
    const exchange = this.waiting.shift() as Exchange;
    const before = this.signal;
    this.signal = exchange.signal;
    if (before !== null && before !== this.signal && !this.waiting.some(({ signal }) => signal === before))
      unwatchAbort(before, this);
    return exchange;
  }

  private openAgain(): void {
    this.opening = new AbortController();
    this.open(this.opening.signal)
      .catch((error) => {
        // Only the first that waits fails; the next one opens a socket again. None waits where all were aborted meanwhile.
        if (this.waiting.length > 0) this.next().fail(classify(error));
      })
      .finally(() => {
        this.opening = null;
        this.turn();
      });
  }
}
