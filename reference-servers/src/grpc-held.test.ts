import { once } from "node:events";
import type { ClientHttp2Session, Http2Server, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GrpcMethod } from "./grpc-call.ts";
import { grpcLimits, grpcListener } from "./grpc-listener.ts";
import { framed, grpcHeaders, openSession, probe } from "./testing/grpc-probe.ts";
import { type Hoarding, hoard } from "./testing/hostile-http2.ts";

const kib = 1024;
const heldBytes = 1024 * kib;

const echo: GrpcMethod = { kind: "unary", answer: (message) => framed(message) };
const endless: GrpcMethod = {
  kind: "stream",
  async *answer(message) {
    for (;;) {
      yield framed(message);
      await turn();
    }
  },
};
const gather: GrpcMethod = {
  kind: "duplex",
  async *answer(messages) {
    for await (const message of messages) yield framed(message);
  },
};

let server: Http2Server;
let port: number;
/** The server's side of what is open. */
const sessions = new Set<ServerHttp2Session>();
const streams = new Set<ServerHttp2Stream>();
let honest: ClientHttp2Session;

beforeEach(async () => {
  const methods = new Map(Object.entries({ "/t.T/Echo": echo, "/t.T/Endless": endless, "/t.T/Gather": gather }));
  server = grpcListener([{ methods }], { ...grpcLimits, heldBytes });
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
  });
  server.on("stream", (stream) => {
    streams.add(stream);
    stream.on("close", () => streams.delete(stream));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
  honest = await openSession(`http://127.0.0.1:${port}`);
});
afterEach(() => {
  honest.destroy();
  for (const session of sessions) session.destroy();
  streams.clear();
  server.close();
});

/** Status of one call that is read to its end. */
async function call(message: string): Promise<number | null> {
  return (await probe(honest, grpcHeaders("/t.T/Echo"), [framed(message)])).grpcStatus;
}

/** Bytes the server has to send and cannot. */
function waitingBytes(): number {
  return [...streams].reduce((sum, stream) => sum + stream.writableLength, 0);
}

describe.each<[string, Hoarding, string, number, number]>([
  ["large answers", "takes no answer", "/t.T/Echo", 128 * kib, 2],
  ["many small answers", "takes no answer", "/t.T/Echo", 1, 50],
  ["endless answers", "takes no answer", "/t.T/Endless", 32 * kib, 8],
  ["large requests", "ends no request", "/t.T/Echo", 128 * kib, 2],
  ["many small requests", "ends no request", "/t.T/Echo", 1, 50],
  ["large messages of a stream", "ends no request", "/t.T/Gather", 128 * kib, 2],
])("a flood of connections with %s, each of which %s", (_, how, path, size, calls) => {
  it("keeps the bound, loses the oldest connections, and harms nobody else", async () => {
    const reading = honest.request(grpcHeaders("/t.T/Endless"));
    reading.end(framed("still here"));
    reading.resume();
    const statuses: (number | null)[] = [];
    const hostile: ClientHttp2Session[] = [];
    for (let n = 0; n < 24; n++) {
      hostile.push(await hoard(port, path, how, new Array(calls).fill(Buffer.alloc(size, "x"))));
      statuses.push(await call("x".repeat(20 * kib)));
      // A connection beyond the bound goes at the end of the server's turn.
      expect(waitingBytes()).toBeLessThan(heldBytes + 256 * kib);
    }
    expect(statuses).toEqual(new Array(24).fill(0));
    await once(reading, "data");
    expect(hostile[0]?.destroyed).toBe(true);
    expect(sessions.size).toBeLessThan(10);
    expect([honest.destroyed, reading.destroyed]).toEqual([false, false]);
    for (const session of hostile) session.destroy();
  });
});

it("has no part in calls that are read, whatever they carry together", async () => {
  const all = Array.from({ length: 40 }, () => call("x".repeat(kib)));
  expect(new Set(await Promise.all(all))).toEqual(new Set([0]));
  for (let n = 0; n < 20; n++) expect(await call("x".repeat(256 * kib))).toBe(0);
  for (const session of sessions) await new Promise((resolve) => session.ping(resolve));
  expect([honest.destroyed, streams.size]).toEqual([false, 0]);
});
