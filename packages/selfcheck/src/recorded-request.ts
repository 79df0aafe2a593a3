import { once } from "node:events";
import { createServer as createHttp, type IncomingMessage } from "node:http";
import { createServer as createHttp2 } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { textOf } from "@apb/benchmarks/bodies";
import type { Binding } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";

/** A request as our own client puts it on the wire, for other tools to send the same. */
export interface RecordedRequest {
  readonly protocol: "HTTP/1.1" | "gRPC";
  readonly path: string;
  /** Without those that every client makes by itself for its connection and the body's length. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Of gRPC with the prefix of its message. */
  readonly body: Buffer;
}

const ownHeaders = ["host", "connection", "content-length", "transfer-encoding", "user-agent"];
const answerMs = 5000;

/** What the binding sends for one message of this size, given a server's URL. Nothing is sent to that server. */
export async function recordRequest(binding: Binding, url: string, sizeBytes: number): Promise<RecordedRequest> {
  const grpc = binding.transport === "grpc";
  const server = grpc ? createHttp2() : createHttp();
  // Node's HTTP/2 server has the same event as its HTTP/1.1 server, with an object of the same members.
  const seen = once(server, "request") as Promise<[IncomingMessage, { end(): void }]>;
  await once(server.listen(0, "127.0.0.1"), "listening");
  const at = new URL(url);
  at.hostname = "127.0.0.1";
  at.port = String((server.address() as AddressInfo).port);
  const signal = AbortSignal.timeout(answerMs);
  try {
    await using session = await binding.connect(at.href, { client: "library", signal });
    // It is answered with nothing, which no binding takes for a reply.
    const sent = session.call({ kind: "send", agent: "echo", body: textOf(sizeBytes) }, signal).catch(() => undefined);
    const [request, response] = await Promise.race([seen, sent.then(unseen)]);
    const body = await bytesOf(request);
    response.end();
    await sent;
    return { protocol: grpc ? "gRPC" : "HTTP/1.1", path: request.url ?? "/", headers: headersOf(request), body };
  } finally {
    server.close();
  }
}

function unseen(): never {
  throw new Failure("internal", "the binding sent no request");
}

function headersOf({ headers }: IncomingMessage): RecordedRequest["headers"] {
  return Object.entries(headers)
    .filter(([name]) => !name.startsWith(":") && !ownHeaders.includes(name))
    .map(([name, value]) => [name, String(value)] as const);
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
