import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import net from "node:net";
import { usualMaxReplyBytes } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { connectGrpc } from "./grpc.ts";
import { type GrpcHead, readGrpcHead } from "./grpc-head.ts";
import { GrpcStatus } from "./grpc-status.ts";
import { StreamingCall } from "./grpc-streaming.ts";
import { UnaryCall } from "./grpc-unary.ts";
import { Http2Connection } from "./h2-connection.ts";
import { frameType } from "./h2-frames.ts";
import { requestHead } from "./h2-stream.ts";
import { ReadClock } from "./read-clock.ts";
import { frame, message } from "./testing/h2-peer.ts";
import { loopback, unabortable } from "./testing/loopback.ts";

const calls = ["unary", "stream", "fail", "unary"] as const;
type Kind = (typeof calls)[number];
const replies: Readonly<Record<Kind, readonly string[]>> = {
  unary: ["hello".repeat(40)],
  stream: ["", "a", "b".repeat(300), "c"],
  fail: [],
};

function serve(stream: ServerHttp2Stream, kind: Kind): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc", "x-kind": kind }, { waitForTrailers: true });
  stream.on("wantTrailers", () =>
    stream.sendTrailers(kind === "fail" ? { "grpc-status": "5", "grpc-message": "no%20such" } : { "grpc-status": "0" }),
  );
  for (const text of replies[kind]) stream.write(Buffer.from(message(text), "latin1"));
  stream.end();
}

/** What node:http2 says to the calls, from SETTINGS to the last trailers. */
async function recorded(): Promise<Buffer> {
  const server = createServer();
  server.on("stream", (stream, headers) => serve(stream, String(headers[":path"]).slice(1) as Kind));
  await using there = await loopback(server);
  const said: Buffer[] = [];
  const tap = net.createServer((near) => {
    const far = net.connect(Number(there.url.port), there.url.hostname);
    far.on("data", (bytes) => said.push(bytes));
    far.on("error", () => undefined);
    near.pipe(far).pipe(near);
  });
  await using tapped = await loopback(tap);
  const connection = await connectGrpc(tapped.url, "wire", unabortable);
  const nothing = Buffer.alloc(0);
  for (const kind of calls) {
    const path = `/${kind}`;
    if (kind === "unary") await connection.ask(path, nothing, {}, unabortable, Buffer.copyBytesFrom);
    else await outcomeOf(texts(connection.serverStream(path, nothing, {}, unabortable)));
  }
  const bytes = Buffer.concat(said);
  const [socket] = tapped.sockets;
  const ended = socket && once(socket, "close");
  await connection[Symbol.asyncDispose]();
  await ended;
  return bytes;
}

async function texts(messages: AsyncIterable<Uint8Array>): Promise<string[]> {
  const all: string[] = [];
  for await (const one of messages) all.push(Buffer.from(one).toString());
  return all;
}

async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof GrpcStatus) return { code: error.code, details: error.details };
    if (error instanceof Failure) return error.kind;
    return error;
  }
}

/** What the calls come to when the server says this and hangs up. */
function replayed(chunks: readonly Buffer[]): Promise<unknown[]> {
  const connection = new Http2Connection<GrpcHead>(readGrpcHead);
  const nothing = Buffer.alloc(0);
  const clock = new ReadClock({ sentBytes: 0, receivedBytes: 0, connections: 1 });
  const outcomes = calls.map((kind) => {
    const head = requestHead([]);
    if (kind !== "unary") {
      const call = new StreamingCall(head, nothing, unabortable, usualMaxReplyBytes, clock, (it) =>
        it.open(connection),
      );
      return outcomeOf(texts(call));
    }
    return outcomeOf(
      new Promise((resolve, reject) => {
        const read = (reply: Uint8Array): string[] => [Buffer.from(reply).toString()];
        new UnaryCall(head, nothing, unabortable, usualMaxReplyBytes, read, resolve, reject).open(connection);
      }),
    );
  });
  for (const chunk of chunks) connection.receive(chunk, chunk.length);
  connection.close(new Failure("closed", "the server hung up"));
  return Promise.all(outcomes);
}

describe("what a server says", () => {
  let bytes: Buffer;
  const whole = calls.map((kind) => (kind === "fail" ? { code: 5, details: "no such" } : replies[kind]));

  beforeAll(async () => {
    bytes = await recorded();
  });

  it("means the same wherever it is split", async () => {
    expect(await replayed([bytes])).toEqual(whole);
    for (let at = 1; at < bytes.length; at++)
      expect(await replayed([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    expect(await replayed([...bytes].map((byte) => Buffer.of(byte)))).toEqual(whole);
  });

  it("means the same in many pieces", async () => {
    const cuts = fc.array(fc.nat(bytes.length), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(cuts, async (given) => {
        const at = [0, ...given.sort((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((end, n) => bytes.subarray(at[n], end));
        expect(await replayed(chunks)).toEqual(whole);
      }),
    );
  });

  it("is heard before there is a socket to answer on, but not without end", async () => {
    const connection = new Http2Connection<GrpcHead>(readGrpcHead);
    const pings = Buffer.concat(Array.from({ length: 5000 }, () => frame(frameType.ping, 0, 0, "12345678")));
    connection.receive(bytes, 9 + bytes.readUIntBE(0, 3));
    expect(connection.isOpen).toBe(true);
    connection.receive(pings, pings.length);
    expect(connection.isOpen).toBe(false);
    const socket = new net.Socket();
    await expect(connection.attach(socket)).rejects.toMatchObject({ kind: "protocol" });
    expect(socket.destroyed).toBe(true);
  });

  it("is a result or a failure when it is cut off anywhere", async () => {
    for (let end = 0; end < bytes.length; end++) {
      const outcomes = await replayed([bytes.subarray(0, end)]);
      for (const [n, outcome] of outcomes.entries()) expect(["closed", whole[n]]).toContainEqual(outcome);
    }
  });

  const isKnown = (outcome: unknown): boolean =>
    Array.isArray(outcome) || outcome === "protocol" || outcome === "closed" || hasCode(outcome);
  const hasCode = (outcome: unknown): boolean => typeof (outcome as { code?: unknown }).code === "number";

  it("is a result or a failure when any bit of it is wrong", async () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const wrong = Buffer.from(bytes);
      wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7));
      expect((await replayed([wrong])).filter((outcome) => !isKnown(outcome))).toEqual([]);
    }
  });

  it("is a result or a failure when many bytes of it are wrong, missing or too many", async () => {
    const place = fc.nat(bytes.length);
    const piece = fc.tuple(place, fc.nat(20), fc.uint8Array({ maxLength: 20 }));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 5 }), async (pieces) => {
        let wrong = bytes;
        for (const [at, length, instead] of pieces)
          wrong = Buffer.concat([wrong.subarray(0, at), instead, wrong.subarray(at + length)]);
        expect((await replayed([wrong])).filter((outcome) => !isKnown(outcome))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});
