import { once } from "node:events";
import http from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import net from "node:net";
import type { ClientKind } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import {
  Server,
  ServerCredentials,
  Metadata as ServerMetadata,
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
  Echo: { ...base, path: "/test.Test/Echo", requestStream: false, responseStream: false },
  Fail: { ...base, path: "/test.Test/Fail", requestStream: false, responseStream: false },
  Wait: { ...base, path: "/test.Test/Wait", requestStream: false, responseStream: false },
  Count: { ...base, path: "/test.Test/Count", requestStream: false, responseStream: true },
  Endless: { ...base, path: "/test.Test/Endless", requestStream: false, responseStream: true },
};

/** A grpc-js server and one connection to it. */
interface Line extends AsyncDisposable {
  readonly url: URL;
  readonly server: Server;
  readonly connection: GrpcConnection;
  /** Resolves when the server has seen its next cancelled call. */
  cancelled(): Promise<void>;
  /** Resolves when a call of Wait or Endless has begun. */
  begun(): Promise<void>;
  /** The client's ports, one a connection that has made a call. */
  readonly peers: ReadonlySet<string>;
}

type Unary = ServerUnaryCall<Buffer, Buffer>;
type Stream = ServerWritableStream<Buffer, Buffer>;

async function lineOf(client: ClientKind): Promise<Line> {
  const events = new EventTarget();
  const peers = new Set<string>();
  const begin = (call: Unary | Stream): void => {
    call.on("cancelled", () => events.dispatchEvent(new Event("cancelled")));
    events.dispatchEvent(new Event("begun"));
  };
  const server = new Server();
  server.addService(service, {
    Echo(call: Unary, reply: sendUnaryData<Buffer>) {
      peers.add(call.getPeer());
      const seen = String(call.metadata.get("x-name")[0] ?? "");
      reply(null, Buffer.concat([Buffer.from(seen), call.request]));
    },
    Fail(call: Unary, reply: sendUnaryData<Buffer>) {
      reply({ code: Number(call.request.toString()), details: "on purpose: 한🤖", metadata: new ServerMetadata() });
    },
    Wait: (call: Unary) => begin(call),
    Count(call: Stream) {
      const last = Number(call.request.toString());
      for (let n = 1; n <= last; n++) call.write(Buffer.from(String(n)));
      if (last === 3) call.emit("error", { code: 11, details: "three is enough" });
      else call.end();
    },
    Endless(call: Stream) {
      begin(call);
      const more = (): void => {
        while (!call.cancelled && call.write(Buffer.from("more")));
      };
      call.on("drain", more);
      more();
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const url = new URL(`http://127.0.0.1:${port}`);
  const connection = await connectGrpc(url, client, unabortable);
  const next = (name: string) => async (): Promise<void> => {
    await once(events, name);
  };
  return {
    url,
    server,
    connection,
    peers,
    cancelled: next("cancelled"),
    begun: next("begun"),
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]();
      server.forceShutdown();
    },
  };
}

async function echo({ connection }: Line, text: string): Promise<string> {
  const { signal } = new AbortController();
  return Buffer.from(
    await connection.ask("/test.Test/Echo", Buffer.from(text), {}, signal, Buffer.copyBytesFrom),
  ).toString();
}

async function texts(messages: AsyncIterable<Uint8Array>, into: string[] = []): Promise<string[]> {
  for await (const message of messages) into.push(Buffer.from(message).toString());
  return into;
}

const nothing = Buffer.alloc(0);

const clients = ["library", "wire"] as const;

describe.each(clients)("a gRPC connection of the %s client", (client) => {
  it("gives path, metadata and bytes, and gets bytes", async () => {
    await using on = await lineOf(client);
    const reply = await on.connection.ask(
      "/test.Test/Echo",
      Uint8Array.of(0, 255),
      { "x-name": "value" },
      unabortable,
      Buffer.copyBytesFrom,
    );
    expect(Buffer.from(reply)).toEqual(Buffer.concat([Buffer.from("value"), Buffer.of(0, 255)]));
  });

  it("gives what a reader makes of the bytes, and fails as the reader does", async () => {
    await using on = await lineOf(client);
    const ask = <Reply>(size: number, read: (reply: Uint8Array) => Reply): Promise<Reply> =>
      on.connection.ask("/test.Test/Echo", Buffer.alloc(size, "abc"), {}, unabortable, read);
    for (const size of [0, 1, 100_000]) expect(await ask(size, ({ length }) => length)).toBe(size);
    // Many at once come in the same bytes, each read where it lies.
    const texts = Array.from({ length: 50 }, (_, n) => ask(n, (reply) => Buffer.from(reply).toString()));
    expect(await Promise.all(texts)).toEqual(texts.map((_, n) => Buffer.alloc(n, "abc").toString()));
    const unread = ask(3, () => {
      throw new Failure("protocol", "not what was expected");
    });
    await expect(unread).rejects.toMatchObject({
      kind: "protocol",
      message: expect.stringContaining("not what was expected"),
    });
    expect(await echo(on, "")).toBe("");
  });

  it("carries many calls at once on one connection, also large ones", async () => {
    await using on = await lineOf(client);
    const bodies = Array.from({ length: 20 }, (_, n) => `${n} ${"x".repeat(n * 20_000)}`);
    expect(await Promise.all(bodies.map((body) => echo(on, body)))).toEqual(bodies);
    expect(on.peers.size).toBe(1);
  });

  it("gets the messages of a stream in order, and its end", async () => {
    await using on = await lineOf(client);
    const count = (last: string): AsyncIterable<Uint8Array> =>
      on.connection.serverStream("/test.Test/Count", Buffer.from(last), {}, unabortable);
    expect(await texts(count("200"))).toEqual(Array.from({ length: 200 }, (_, n) => String(n + 1)));
    expect(await texts(count("0"))).toEqual([]);
    const got: string[] = [];
    await expect(texts(count("3"), got)).rejects.toMatchObject({ code: 11, details: "three is enough" });
    expect(got).toEqual(["1", "2", "3"]);
  });

  it("counts bytes both ways", async () => {
    await using on = await lineOf(client);
    const { sentBytes, receivedBytes } = on.connection.wire;
    expect([sentBytes > 0, receivedBytes > 0]).toEqual([true, true]);
    await echo(on, "x".repeat(100_000));
    expect(on.connection.wire.sentBytes - sentBytes).toBeGreaterThan(100_000);
    expect(on.connection.wire.receivedBytes - receivedBytes).toBeGreaterThan(100_000);
    expect(on.connection.wire.sentBytes - sentBytes).toBeLessThan(102_000);
  });

  it("counts the bytes of its own socket only", async () => {
    await using on = await lineOf(client);
    await using other = await connectGrpc(on.url, client, unabortable);
    const { sentBytes } = other.wire;
    await echo(on, "x".repeat(100_000));
    expect(other.wire.sentBytes - sentBytes).toBeLessThan(1000);
  });
});

describe.each(clients)("failures of the %s client", (client) => {
  it.each<[code: number, kind: string]>([
    [1, "closed"],
    [4, "timeout"],
    [14, "closed"],
    ...[2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16].map((code): [number, string] => [code, "rejected"]),
  ])("keep the status: %i is %s", async (code, kind) => {
    await using on = await lineOf(client);
    const call = on.connection.ask("/test.Test/Fail", Buffer.from(String(code)), {}, unabortable, Buffer.copyBytesFrom);
    await expect(call).rejects.toMatchObject({ code, kind, details: "on purpose: 한🤖" });
    expect(await echo(on, "after")).toBe("after");
  });

  it("tell that nobody is there: refused", async () => {
    const { url, ...free } = await loopback(net.createServer());
    await free[Symbol.asyncDispose]();
    await expect(connectGrpc(url, client, unabortable)).rejects.toMatchObject({ kind: "refused" });
  });

  it("tell a URL without a scheme: usage", async () => {
    await expect(connectGrpc(new URL("localhost:50051"), client, unabortable)).rejects.toMatchObject({
      kind: "usage",
    });
  });

  it("tell a server of HTTP/1.1, and one of something else: protocol", async () => {
    await using http1 = await loopback(http.createServer((_, response) => response.end()));
    await using other = await loopback(net.createServer((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n")));
    await using silent = await loopback(net.createServer((socket) => socket.end()));
    for (const { url } of [http1, other, silent])
      await expect(connectGrpc(url, client, unabortable)).rejects.toMatchObject({ kind: "protocol" });
  });

  it("tell an HTTP/2 server that is no gRPC: protocol", async () => {
    const server = createHttp2Server((_, response) => response.writeHead(404).end("no"));
    await using there = await loopback(server);
    const connection = await connectGrpc(there.url, client, unabortable);
    const call = connection.ask("/test.Test/Echo", nothing, {}, unabortable, Buffer.copyBytesFrom);
    await expect(call).rejects.toMatchObject({ kind: "protocol" });
    await connection[Symbol.asyncDispose]();
  });

  it("tell a connection that is lost in the middle of a call: closed", async () => {
    await using on = await lineOf(client);
    const begun = on.begun();
    const call = on.connection.ask("/test.Test/Wait", nothing, {}, unabortable, Buffer.copyBytesFrom);
    const outcome = expect(call).rejects.toMatchObject({ kind: "closed" });
    await begun;
    on.server.forceShutdown();
    await outcome;
  });
});

describe.each(clients)("aborting with the %s client", (client) => {
  it("ends the opening of a connection that gets no answer", async () => {
    await using mute = await loopback(net.createServer((socket) => socket.resume()));
    const controller = new AbortController();
    const reason = new Failure("timeout", "too late");
    const connecting = connectGrpc(mute.url, client, controller.signal);
    const [socket] = await once(mute.server, "connection");
    controller.abort(reason);
    await expect(connecting).rejects.toBe(reason);
    await once(socket, "close");
    await expect(connectGrpc(mute.url, client, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it("ends a call at both ends, and no other", async () => {
    await using on = await lineOf(client);
    const controller = new AbortController();
    const reason = new Failure("timeout", "too late");
    const [begun, cancelled] = [on.begun(), on.cancelled()];
    const call = on.connection.ask("/test.Test/Wait", nothing, {}, controller.signal, Buffer.copyBytesFrom);
    const outcome = expect(call).rejects.toBe(reason);
    await begun;
    controller.abort(reason);
    await outcome;
    await cancelled;
    expect(await echo(on, "after")).toBe("after");
  });

  it("ends a stream at both ends, as leaving it does", async () => {
    await using on = await lineOf(client);
    const controller = new AbortController();
    const stream = (signal: AbortSignal): AsyncIterable<Uint8Array> =>
      on.connection.serverStream("/test.Test/Endless", nothing, {}, signal);
    const cancelled = on.cancelled();
    const reading = (async () => {
      for await (const _ of stream(controller.signal)) controller.abort();
    })();
    await expect(reading).rejects.toMatchObject({ kind: "aborted" });
    await cancelled;
    const left = on.cancelled();
    for await (const _ of stream(unabortable)) break;
    await left;
    expect(await echo(on, "after")).toBe("after");
  });

  it("keeps a call from being made", async () => {
    await using on = await lineOf(client);
    const signal = AbortSignal.abort();
    await expect(on.connection.ask("/test.Test/Wait", nothing, {}, signal, Buffer.copyBytesFrom)).rejects.toMatchObject(
      {
        kind: "aborted",
      },
    );
    const stream = on.connection.serverStream("/test.Test/Endless", nothing, {}, signal);
    await expect(texts(stream)).rejects.toMatchObject({ kind: "aborted" });
  });
});

describe.each(clients)("closing the %s client", (client) => {
  it("ends the connection, the calls under way and those that come after", async () => {
    await using on = await lineOf(client);
    const begun = on.begun();
    const calls = Promise.allSettled([
      on.connection.ask("/test.Test/Wait", nothing, {}, unabortable, Buffer.copyBytesFrom),
      texts(on.connection.serverStream("/test.Test/Endless", nothing, {}, unabortable)),
    ]);
    await begun;
    await on.connection[Symbol.asyncDispose]();
    const closed = { status: "rejected", reason: { kind: "closed" } };
    expect(await calls).toMatchObject([closed, closed]);
    await expect(echo(on, "x")).rejects.toMatchObject({ kind: "closed" });
    await expect(texts(on.connection.serverStream("/test.Test/Count", nothing, {}, unabortable))).rejects.toMatchObject(
      {
        kind: "closed",
      },
    );
    // Nothing is left open: a graceful shutdown has nothing to wait for.
    await new Promise<void>((resolve, reject) =>
      on.server.tryShutdown((error) => (error === undefined ? resolve() : reject(error))),
    );
  });

  it("keeps the counts", async () => {
    await using on = await lineOf(client);
    await echo(on, "x".repeat(10_000));
    await on.connection[Symbol.asyncDispose]();
    expect(on.connection.wire.sentBytes).toBeGreaterThan(10_000);
    expect(on.connection.wire.receivedBytes).toBeGreaterThan(10_000);
  });
});
