import type { Socket } from "node:net";
import type { Headers } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { accessHeaders } from "@apb/core/url";
import { Client, type Dispatcher } from "undici";
import type { Arrived, Arriving } from "./arriving.ts";
import { classify } from "./failures.ts";
import { GatheredBytes } from "./gathered-bytes.ts";
import type { HttpConnection, HttpReply, HttpRequest, HttpStream } from "./http-connection.ts";
import { textOf } from "./http-exchange.ts";
import { tooLarge } from "./limits.ts";
import { ReadClock } from "./read-clock.ts";
import { openSocket, WireCounter } from "./socket.ts";

/** Longer than opening ten thousand connections takes: the first of them must not time out before the last is open. */
const idleMs = 600_000;

/** HTTP/1.1 by undici, one connection, no pipelining. Its own time-outs are off: the caller's signal decides. */
export async function connectUndici(
  url: URL,
  signal: AbortSignal,
  maxReplyBytes: number,
  headers: Headers,
): Promise<HttpConnection> {
  const wire = new WireCounter();
  const closing = new AbortController();
  const first = await openSocket(url, signal);
  wire.add(first);
  const client = clientOn(first, url, wire, closing.signal);
  const access = accessHeaders(url, headers);
  const none = Object.keys(access).length === 0;
  const authorized = (request: HttpRequest): HttpRequest =>
    none ? request : { ...request, headers: { ...request.headers, ...access } };
  return {
    wire,
    async request(request, requestSignal): Promise<HttpReply> {
      try {
        const { statusCode, headers, body } = await client.request({ ...authorized(request), signal: requestSignal });
        return {
          status: statusCode,
          headers: flatten(headers),
          body: await wholeText(body, Number(headers["content-length"] ?? Number.NaN), maxReplyBytes),
        };
      } catch (error) {
        throw classify(error, requestSignal);
      }
    },
    async stream(request, requestSignal): Promise<HttpStream> {
      try {
        const { statusCode, headers, body } = await client.request({ ...authorized(request), signal: requestSignal });
        return {
          status: statusCode,
          headers: flatten(headers),
          maxReplyBytes,
          chunks: new BodyChunks(body, new ReadClock(wire), requestSignal),
        };
      } catch (error) {
        throw classify(error, requestSignal);
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      const ended = client.destroy();
      closing.abort(new Failure("closed", "the session is closed"));
      first.destroy();
      await ended;
    },
  };
}

/** A client that begins with this socket. undici connects again when a connection has ended: every socket is counted in `wire`. */
function clientOn(first: Socket, url: URL, wire: WireCounter, signal: AbortSignal): Client {
  let firstIsUnused = true;
  const nextSocket = async (): Promise<Socket> => {
    const usable = firstIsUnused && !first.destroyed;
    firstIsUnused = false;
    return usable ? first : openSocket(url, signal);
  };
  return new Client(url.origin, {
    pipelining: 1,
    keepAliveTimeout: idleMs,
    keepAliveMaxTimeout: idleMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_options, done) => {
      nextSocket().then(
        (socket) => {
          wire.add(socket);
          done(null, socket);
        },
        (error) => done(error, null),
      );
    },
  });
}

/** undici's own limit, `maxResponseSize`, is for all that a client receives: it would end a long stream of small events. */
async function wholeText(
  body: Dispatcher.ResponseData["body"],
  length: number,
  maxReplyBytes: number,
): Promise<string> {
  if (length <= maxReplyBytes) return body.text();
  const pieces = new GatheredBytes();
  await new Promise<void>((resolve, reject) => {
    body.on("error", reject).on("end", resolve);
    if (length > maxReplyBytes) body.destroy(tooLarge(maxReplyBytes));
    body.on("data", (chunk: Buffer) => {
      if (pieces.length + chunk.length <= maxReplyBytes) pieces.add(chunk, 0, chunk.length);
      else body.destroy(tooLarge(maxReplyBytes));
    });
  });
  const text = textOf(pieces.bytes, 0, pieces.length);
  pieces.drop(pieces.length);
  return text;
}

/** Bytes a reader has not taken yet, from which on undici is to read no more: as many as a body of its own holds. */
const highWaterBytes = 64 * 1024;

/** The chunks of a body, each noted when undici gives it out: read from the body itself, those that wait would be one. */
class BodyChunks implements Arriving<Uint8Array> {
  arrivedMs = Number.NaN;
  private readonly body: Dispatcher.ResponseData["body"];
  private readonly signal: AbortSignal;
  private readonly waiting: Arrived<Uint8Array>[] = [];
  private waitingBytes = 0;
  private endedMs: number | null = null;
  private failure: unknown = null;
  private wake = (): void => undefined;

  constructor(body: Dispatcher.ResponseData["body"], clock: ReadClock, signal: AbortSignal) {
    this.body = body;
    this.signal = signal;
    body.on("data", (item: Uint8Array) => {
      this.waiting.push({ item, atMs: clock.now() });
      this.waitingBytes += item.length;
      if (this.waitingBytes > highWaterBytes) body.pause();
      this.wake();
    });
    body.on("end", () => {
      this.endedMs = clock.now();
      this.wake();
    });
    body.on("error", (error) => {
      this.failure = error;
      this.wake();
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        if (this.failure !== null) throw classify(this.failure, this.signal);
        const next = this.waiting.shift();
        if (next !== undefined) {
          this.arrivedMs = next.atMs;
          this.took(next.item.length);
          yield next.item;
        } else if (this.endedMs !== null) {
          this.arrivedMs = this.endedMs;
          return;
        } else
          await new Promise<void>((resolve) => {
            this.wake = resolve;
          });
      }
    } finally {
      this.body.destroy();
    }
  }

  private took(bytes: number): void {
    this.waitingBytes -= bytes;
    if (this.body.isPaused() && this.waitingBytes <= highWaterBytes) this.body.resume();
  }
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}
