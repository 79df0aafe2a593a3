import { once } from "node:events";
import type { ClientHttp2Session, Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { GrpcMethod } from "../grpc-call.ts";
import { grpcListener } from "../grpc-listener.ts";
import { openSession } from "./grpc-probe.ts";

/** What came of a call by grpc-js. */
export interface Outcome {
  readonly error: ServiceError | null;
  readonly reply: string;
  readonly headers: Metadata;
  readonly trailers: Metadata;
}

/** A listener of a test, on a free port of 127.0.0.1, and two clients of it. */
export interface GrpcLoopback extends AsyncDisposable {
  readonly server: Http2Server;
  readonly port: number;
  readonly url: string;
  /** For requests that no gRPC library makes. */
  readonly session: ClientHttp2Session;
  readonly client: Client;
  /** One unary call of `/test.Test/{name}` by grpc-js. */
  call(name: string, message: string | Buffer, metadata?: Metadata): Promise<Outcome>;
}

/** Messages as they are: for calls of grpc-js. */
export const asIs = (bytes: Buffer): Buffer => bytes;

/** Serves methods as `/test.Test/{name}`. */
export async function grpcLoopback(methods: Readonly<Record<string, GrpcMethod>>): Promise<GrpcLoopback> {
  const named = Object.entries(methods).map(([name, method]) => [`/test.Test/${name}`, method] as const);
  const server = grpcListener([{ methods: new Map(named) }]);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const session = await openSession(url);
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  return {
    server,
    port,
    url,
    session,
    client,
    call: (name, message, metadata = new Metadata()) => call(client, `/test.Test/${name}`, message, metadata),
    async [Symbol.asyncDispose](): Promise<void> {
      client.close();
      session.destroy();
      server.close();
    },
  };
}

function call(client: Client, path: string, message: string | Buffer, metadata: Metadata): Promise<Outcome> {
  return new Promise((resolve) => {
    let headers = new Metadata();
    let answer: Omit<Outcome, "headers" | "trailers"> = { error: null, reply: "" };
    const made = client.makeUnaryRequest(path, asIs, asIs, Buffer.from(message), metadata, (error, reply) => {
      answer = { error, reply: reply?.toString() ?? "" };
    });
    made.on("metadata", (got) => {
      headers = got;
    });
    // The last event of a call, after its callback.
    made.on("status", ({ metadata: trailers }) => resolve({ ...answer, headers, trailers }));
  });
}
