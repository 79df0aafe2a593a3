import { Failure } from "@apb/core/failure";
import { Client, type Dispatcher } from "undici";
import { classify } from "./failures.ts";
import type { HttpConnection, HttpReply, HttpRequest, HttpStream } from "./http.ts";
import { openSocket, WireCounter } from "./socket.ts";

/** A connection may idle while ten thousand others are being opened. */
const idleMs = 600_000;

/** HTTP/1.1 by undici, one connection, no pipelining. Its own time-outs are off: the caller's signal decides. */
export async function connectUndici(url: URL, signal: AbortSignal): Promise<HttpConnection> {
  const wire = new WireCounter();
  const first = await openSocket(url, signal);
  let unused: typeof first | null = first;
  const client = new Client(url.origin, {
    pipelining: 1,
    keepAliveTimeout: idleMs,
    keepAliveMaxTimeout: idleMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    // undici connects again when the server has closed the connection; every socket is counted.
    connect: (_options, done) => {
      const socket = unused === null ? openSocket(url, AbortSignal.timeout(10_000)) : Promise.resolve(unused);
      unused = null;
      socket.then(
        (opened) => {
          wire.add(opened);
          done(null, opened);
        },
        (error) => done(error, null),
      );
    },
  });

  async function dispatch(request: HttpRequest, requestSignal: AbortSignal): Promise<Dispatcher.ResponseData> {
    if (client.destroyed || client.closed) throw new Failure("closed", "the session is closed");
    return client.request({ ...request, signal: requestSignal });
  }

  return {
    wire,
    async request(request, requestSignal): Promise<HttpReply> {
      try {
        const { statusCode, headers, body } = await dispatch(request, requestSignal);
        return { status: statusCode, headers: flatten(headers), body: await body.text() };
      } catch (error) {
        throw classify(error, requestSignal);
      }
    },
    async stream(request, requestSignal): Promise<HttpStream> {
      try {
        const { statusCode, headers, body } = await dispatch(request, requestSignal);
        return { status: statusCode, headers: flatten(headers), chunks: classified(body, requestSignal) };
      } catch (error) {
        throw classify(error, requestSignal);
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      unused?.destroy();
      await client.destroy();
    },
  };
}

async function* classified(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw classify(error, signal);
  }
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}
