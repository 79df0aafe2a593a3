import type { ClientKind } from "@apb/core/binding";
import type { Failure } from "@apb/core/failure";
import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { connectGrpc, type GrpcConnection } from "./grpc.ts";
import type { DuplexCall } from "./grpc-connection.ts";
import { unabortable } from "./testing/loopback.ts";

const asIs = (bytes: Buffer): Buffer => bytes;
const base = { requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs };
const clients: readonly ClientKind[] = ["library", "wire"];

/** A call to a server that sends back what it gets, ends at `end`, and fails with status 11 at `fail`. */
interface Line extends AsyncDisposable {
  readonly connection: GrpcConnection;
  readonly call: DuplexCall;
  readonly got: string[];
  /** So many messages, once they have come. */
  received(count: number): Promise<readonly string[]>;
  readonly closed: Promise<Failure>;
  readonly server: Server;
}

async function lineOf(client: ClientKind): Promise<Line> {
  const server = new Server({ "grpc.max_receive_message_length": -1 });
  server.addService(
    { Talk: { ...base, path: "/test.Test/Talk", requestStream: true, responseStream: true } },
    {
      Talk(call: ServerDuplexStream<Buffer, Buffer>) {
        call.on("error", () => undefined);
        call.on("data", (message: Buffer) => {
          if (message.toString() === "end") call.end();
          else if (message.toString() === "fail") call.emit("error", { code: 11, details: "on purpose" });
          else call.write(message);
        });
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const connection = await connectGrpc(new URL(`http://127.0.0.1:${port}`), client, unabortable);
  const got: string[] = [];
  let told = (): void => undefined;
  let close: (failure: Failure) => void = () => undefined;
  const closed = new Promise<Failure>((resolve) => {
    close = resolve;
  });
  const message = (bytes: Uint8Array): void => {
    got.push(Buffer.from(bytes).toString());
    told();
  };
  const call = connection.duplex("/test.Test/Talk", {}, { message, closed: close });
  return {
    connection,
    call,
    got,
    closed,
    server,
    received: (count) =>
      new Promise((resolve) => {
        told = () => (got.length >= count ? resolve(got) : undefined);
        told();
      }),
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]();
      server.forceShutdown();
    },
  };
}

describe.each(clients)("a call with messages both ways, by the %s client", (client) => {
  it("carries them in order, in ping-pong and all at once", async () => {
    await using line = await lineOf(client);
    line.call.send(Buffer.from("first"));
    expect(await line.received(1)).toEqual(["first"]);
    const texts = Array.from({ length: 500 }, (_, n) => `${n} ${"x".repeat(n)}`);
    for (const text of texts) line.call.send(Buffer.from(text));
    expect(await line.received(501)).toEqual(["first", ...texts]);
  });

  it("carries empty ones, and more than any window", async () => {
    await using line = await lineOf(client);
    const texts = ["", "한".repeat(1_000_000), "", "y".repeat(300_000), "last"];
    for (const text of texts) line.call.send(Buffer.from(text));
    expect(await line.received(5)).toEqual(texts);
    expect(line.connection.wire.sentBytes).toBeGreaterThan(3_300_000);
  });

  it("tells of the end by the server, once, and takes nothing more", async () => {
    await using line = await lineOf(client);
    line.call.send(Buffer.from("end"));
    const failure = await line.closed;
    expect(failure.kind).toBe("closed");
    expect(() => line.call.send(Buffer.from("late"))).toThrow(failure);
  });

  it("tells of a status", async () => {
    await using line = await lineOf(client);
    line.call.send(Buffer.from("fail"));
    expect(await line.closed).toMatchObject({ kind: "rejected", code: 11, details: "on purpose" });
  });

  it("leaves the connection to other calls when the server has ended it", async () => {
    await using line = await lineOf(client);
    line.call.send(Buffer.from("end"));
    await line.closed;
    let tell: (text: string) => void = () => undefined;
    const echoed = new Promise<string>((resolve) => {
      tell = resolve;
    });
    const events = { message: (bytes: Uint8Array) => tell(Buffer.from(bytes).toString()), closed: () => undefined };
    line.connection.duplex("/test.Test/Talk", {}, events).send(Buffer.from("again"));
    expect(await echoed).toBe("again");
    expect(line.connection.wire.connections).toBe(1);
  });

  it("ends with its connection, by either side", async () => {
    await using closing = await lineOf(client);
    await closing.connection[Symbol.asyncDispose]();
    expect((await closing.closed).kind).toBe("closed");
    await using dying = await lineOf(client);
    dying.call.send(Buffer.from("x"));
    await dying.received(1);
    dying.server.forceShutdown();
    expect((await dying.closed).kind).toBe("closed");
  });
});
