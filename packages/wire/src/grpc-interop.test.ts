import { once } from "node:events";
import { createServer, type ServerHttp2Session } from "node:http2";
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { connectGrpc, type GrpcConnection } from "./grpc.ts";
import { loopback, unabortable } from "./testing/loopback.ts";

const asIs = (bytes: Buffer): Buffer => bytes;
const base = { requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs };
const service = {
  Large: { ...base, path: "/test.Test/Large", requestStream: false, responseStream: false },
  Metadata: { ...base, path: "/test.Test/Metadata", requestStream: false, responseStream: true },
};

/** What a Server of grpc-js with its default options is asked on one connection. */
interface Line extends AsyncDisposable {
  readonly connection: GrpcConnection;
  /** The metadata of the latest call of Metadata. */
  seen(): Metadata | undefined;
}

async function lineOf(client: "library" | "wire"): Promise<Line> {
  let seen: Metadata | undefined;
  const server = new Server();
  server.addService(service, {
    // As many bytes as it is told, or as many as were sent.
    Large({ request }: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) {
      const size = request.length > 20 ? request.length : Number(request);
      reply(null, Buffer.alloc(size, "x"));
    },
    Metadata(call: ServerWritableStream<Buffer, Buffer>) {
      seen = call.metadata;
      const [headers, trailers] = [new Metadata(), new Metadata()];
      for (const metadata of [headers, trailers]) {
        metadata.add("x-text", "plain");
        for (const bytes of [[0, 128, 255], [], [7]]) metadata.add("x-bin", Buffer.from(bytes));
      }
      call.sendMetadata(headers);
      call.write(Buffer.from("answer"));
      call.end(trailers);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const connection = await connectGrpc(new URL(`http://127.0.0.1:${port}`), client, unabortable);
  return {
    connection,
    seen: () => seen,
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]();
      server.forceShutdown();
    },
  };
}

async function sizeOf({ connection }: Line, request: string): Promise<number> {
  return (await connection.ask("/test.Test/Large", Buffer.from(request), {}, unabortable, Buffer.copyBytesFrom)).length;
}

describe.each(["library", "wire"] as const)("a server of grpc-js and the %s client", (client) => {
  it("understand each other's metadata, bytes too", async () => {
    await using on = await lineOf(client);
    const metadata = { "x-text": "a, b", "x-empty": "" };
    for (let call = 0; call < 3; call++) {
      const texts: string[] = [];
      for await (const message of on.connection.serverStream(
        "/test.Test/Metadata",
        Buffer.alloc(0),
        metadata,
        unabortable,
      ))
        texts.push(Buffer.from(message).toString());
      expect(texts).toEqual(["answer"]);
      expect([on.seen()?.get("x-text"), on.seen()?.get("x-empty")]).toEqual([["a, b"], [""]]);
    }
  });

  it("agree on what is too large to ask: RESOURCE_EXHAUSTED, and others go on", async () => {
    await using on = await lineOf(client);
    const limit = 4 * 1024 * 1024;
    expect(await sizeOf(on, "x".repeat(limit))).toBe(limit);
    await expect(sizeOf(on, "x".repeat(limit + 1))).rejects.toMatchObject({ code: 8, kind: "rejected" });
    expect(await sizeOf(on, "5")).toBe(5);
  });

  it("have no limit of their own for an answer", async () => {
    await using on = await lineOf(client);
    const size = 10 * 1024 * 1024;
    expect(await sizeOf(on, String(size))).toBe(size);
  });
});

describe.each(["library", "wire"] as const)("a ping to the %s client", (client) => {
  it("is answered, with the same bytes, while no call is under way", async () => {
    const server = createServer();
    await using on = await loopback(server);
    const opened = once(server, "session");
    const connection = await connectGrpc(on.url, client, unabortable);
    const [session] = (await opened) as [ServerHttp2Session];
    for (const text of ["12345678", "\0\0\0\0\0\0\0\0", "ÿþýüûúùø"]) {
      const sent = Buffer.from(text, "latin1");
      const answered = await new Promise<Buffer>((resolve, reject) =>
        session.ping(sent, (error, _, payload) => (error === null ? resolve(payload) : reject(error))),
      );
      expect(answered).toEqual(sent);
    }
    await connection[Symbol.asyncDispose]();
  });
});
