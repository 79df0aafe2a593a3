import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Stream, type ServerOptions } from "node:http2";
import net from "node:net";
import { Failure } from "@apb/core/failure";
import { afterEach, describe, expect, it, vi } from "vitest";
import { connectGrpc, type GrpcConnection } from "./grpc.ts";
import { frameFlag, framePayloadBytes, frameType } from "./h2-frames.ts";
import {
  answer,
  closed,
  data,
  fieldsOf,
  frame,
  grpcHead,
  headers,
  lineTo,
  message,
  type Peer,
} from "./testing/h2-peer.ts";
import { type Loopback, loopback, unabortable } from "./testing/loopback.ts";

const path = "/test.Test/Echo";
const nothing = Buffer.alloc(0);
const uint32 = (value: number): number[] => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];
const settings = (...pairs: [number, number][]): Buffer =>
  frame(
    frameType.settings,
    0,
    0,
    pairs.flatMap(([name, value]) => [0, name, ...uint32(value)]),
  );
const concurrentStreams = 3;
const initialWindow = 4;

/** Answers each call with its own message, by node:http2. */
async function echoing(options: ServerOptions, onStream?: (stream: ServerHttp2Stream) => void): Promise<Loopback> {
  const server: Http2Server = createServer(options);
  server.on("stream", (stream) => {
    onStream?.(stream);
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.on("error", () => undefined);
    stream.pipe(stream);
  });
  return loopback(server);
}

async function echo(connection: GrpcConnection, text: string, signal = unabortable): Promise<string> {
  return Buffer.from(await connection.ask(path, Buffer.from(text), {}, signal, Buffer.copyBytesFrom)).toString();
}

afterEach(() => {
  vi.restoreAllMocks();
});

const isRequest = ({ type }: { type: number }): boolean => type === frameType.headers;

describe("what the wire client sends", () => {
  it("is the preface, SETTINGS without push, a large window, and the acknowledgement of SETTINGS", async () => {
    await using line = await lineTo(() => undefined);
    const acknowledged = await line.peer.frame(({ type, flags }) => type === frameType.settings && flags === 1);
    expect(acknowledged.payload.length).toBe(0);
    const [first, second] = line.peer.seen;
    expect(first).toMatchObject({ type: frameType.settings, flags: 0, id: 0 });
    expect([...(first?.payload ?? [])].slice(0, 6)).toEqual([0, 2, 0, 0, 0, 0]);
    expect(second).toMatchObject({ type: frameType.windowUpdate, id: 0 });
  });

  it("is what gRPC asks of a request", async () => {
    await using line = await lineTo((id, { socket }) => socket.write(answer(id, "")));
    await line.connection.ask("/a.B/C", Buffer.from("hello"), { "x-name": "value" }, unabortable, Buffer.copyBytesFrom);
    const [request, body] = line.peer.seen.filter(({ type }) => type <= frameType.headers);
    expect(request && fieldsOf(request)).toEqual([
      [":method", "POST"],
      [":scheme", "http"],
      [":path", "/a.B/C"],
      [":authority", line.served.url.host],
      ["te", "trailers"],
      ["content-type", "application/grpc"],
      ["x-name", "value"],
    ]);
    expect(body).toMatchObject({ type: frameType.data, flags: frameFlag.endStream, id: 1 });
    expect(body?.payload.toString("latin1")).toBe(message("hello"));
  });

  it("is a few bytes of head from the second call on", async () => {
    await using line = await lineTo((id, { socket }) => socket.write(answer(id, "")));
    for (let n = 0; n < 4; n++)
      await line.connection.ask(path, nothing, { "x-name": "value" }, unabortable, Buffer.copyBytesFrom);
    const sizes = line.peer.seen.filter(isRequest).map(({ payload }) => payload.length);
    expect(sizes.slice(1)).toEqual([7, 7, 7]);
  });

  it("is understood however many kinds of calls there are", async () => {
    const seen: unknown[] = [];
    await using there = await echoing({});
    there.server.on("stream", (_stream, given) => seen.push([given[":path"], given["x-n"]]));
    await using connection = await connectGrpc(there.url, "wire", unabortable);
    const wanted = Array.from({ length: 400 }, (_, n) => [`/test.Test/${n % 40}`, `${n % 111}${" x".repeat(n % 90)}`]);
    await Promise.all(
      wanted.map(([to, n]) => connection.ask(`${to}`, nothing, { "x-n": `${n}` }, unabortable, Buffer.copyBytesFrom)),
    );
    expect(seen).toEqual(wanted);
  });

  it.each([0, 100, 65_536])("is understood by a server with a header table of %i bytes", async (headerTableSize) => {
    await using there = await echoing({ settings: { headerTableSize } });
    await using connection = await connectGrpc(there.url, "wire", unabortable);
    for (const text of ["a", "b", "c"]) expect(await echo(connection, text)).toBe(text);
  });

  it.each([
    ["a name that is none", { "X-Name": "a" }],
    ["a value that is no ASCII", { "x-name": "é" }],
    ["a value with a line break", { "x-name": "a\r\nb" }],
    ["a value with a space at its end", { "x-name": "a " }],
    ["more than fits into a frame", { "x-name": "a".repeat(framePayloadBytes) }],
  ])("is never metadata with %s", async (_, metadata) => {
    await using line = await lineTo((id, { socket }) => socket.write(answer(id, "fine")));
    const call = line.connection.ask(path, nothing, metadata, unabortable, Buffer.copyBytesFrom);
    await expect(call).rejects.toMatchObject({ kind: "internal" });
    expect(await echo(line.connection, "")).toBe("fine");
  });

  it("is written once a tick", async () => {
    await using there = await echoing({});
    await using connection = await connectGrpc(there.url, "wire", unabortable);
    const write = vi.spyOn(net.Socket.prototype, "write");
    const calls = Array.from({ length: 50 }, (_, n) => echo(connection, `${n} ${"x".repeat(1000)}`));
    await Promise.resolve();
    expect(write).toHaveBeenCalledTimes(0);
    await new Promise((resolve) => process.nextTick(resolve));
    expect(write).toHaveBeenCalledTimes(1);
    write.mockRestore();
    expect(await Promise.all(calls)).toHaveLength(50);
  });

  it("answers PING", async () => {
    await using line = await lineTo(() => undefined);
    line.peer.socket.write(frame(frameType.ping, 0, 0, "12345678"));
    const { flags, payload } = await line.peer.frame(({ type }) => type === frameType.ping);
    expect([flags, payload.toString()]).toEqual([frameFlag.ack, "12345678"]);
  });

  it("says goodbye", async () => {
    await using line = await lineTo(() => undefined);
    await line.connection[Symbol.asyncDispose]();
    const { payload } = await line.peer.frame(({ type }) => type === frameType.goAway);
    expect(payload.toString("hex")).toBe("0000000000000000");
    await closed(line.peer);
  });
});

describe("the windows of the server", () => {
  it("are kept to, also small ones, and frames are no larger than any server takes", async () => {
    await using there = await echoing({ settings: { initialWindowSize: 1000, maxFrameSize: 2 ** 20 } });
    await using connection = await connectGrpc(there.url, "wire", unabortable);
    const bodies = Array.from({ length: 10 }, (_, n) => `${n}`.repeat(50_000));
    expect(await Promise.all(bodies.map((body) => echo(connection, body)))).toEqual(bodies);
  });

  it("hold a message back until there is room, on both levels", async () => {
    await using line = await lineTo(
      (id, { socket }) => socket.write(answer(id, "done")),
      settings([initialWindow, 10]),
    );
    const { connection, peer } = line;
    const body = Buffer.alloc(100_000, "x");
    const sent = (): number =>
      peer.seen.filter(({ type }) => type === frameType.data).reduce((sum, { payload }) => sum + payload.length, 0);
    const reached = async (bytes: number): Promise<void> => {
      await peer.frame(() => sent() >= bytes);
      await settled(peer);
      expect(sent()).toBe(bytes);
    };
    const call = connection.ask(path, body, {}, unabortable, Buffer.copyBytesFrom);
    await reached(10);
    peer.socket.write(frame(frameType.windowUpdate, 0, 1, uint32(5)));
    await reached(15);
    // Below nothing, so that the next bytes only fill it up again (RFC 9113 §6.9.2).
    peer.socket.write(Buffer.concat([settings([initialWindow, 0]), frame(frameType.windowUpdate, 0, 1, uint32(10))]));
    await reached(15);
    const before = peer.seen.length;
    peer.socket.write(settings([initialWindow, 1_000_000]));
    await reached(65_535);
    // Until it is acknowledged a server need not keep to what it has said.
    expect(peer.seen[before]).toMatchObject({ type: frameType.settings, flags: frameFlag.ack });
    peer.socket.write(frame(frameType.windowUpdate, 0, 0, uint32(1)));
    await reached(65_536);
    peer.socket.write(frame(frameType.windowUpdate, 0, 0, uint32(1_000_000)));
    expect(Buffer.from(await call).toString()).toBe("done");
    expect(sent()).toBe(100_005);
    const sizes = peer.seen.filter(({ type }) => type === frameType.data).map(({ payload }) => payload.length);
    expect(Math.max(...sizes)).toBe(framePayloadBytes);
  });

  it("do not keep a small call waiting behind a large one of another stream", async () => {
    await using line = await lineTo(
      (id, { socket }) => socket.write(answer(id, "done")),
      settings([initialWindow, 100]),
    );
    const large = line.connection.ask(path, Buffer.alloc(1000), {}, unabortable, Buffer.copyBytesFrom);
    expect(await echo(line.connection, "small")).toBe("done");
    line.peer.socket.write(frame(frameType.windowUpdate, 0, 1, uint32(10_000)));
    await large;
  });

  it("mean nothing to a call that is answered before it was sent", async () => {
    await using line = await lineTo(() => undefined, settings([initialWindow, 100]));
    const { connection, peer } = line;
    const call = connection.ask(path, Buffer.alloc(1000), {}, unabortable, Buffer.copyBytesFrom);
    await peer.frame(({ type }) => type === frameType.data);
    peer.socket.write(headers(1, "last", ...grpcHead, ["grpc-status", "8"]));
    await expect(call).rejects.toMatchObject({ code: 8 });
    const reset = await peer.frame(({ type }) => type === frameType.resetStream);
    expect([reset.id, reset.payload.readUInt32BE(0)]).toEqual([1, 8]);
    peer.socket.write(frame(frameType.windowUpdate, 0, 1, uint32(10_000)));
    await settled(peer);
    expect(peer.seen.filter(({ type }) => type === frameType.data)).toHaveLength(1);
  });
});

/** Resolves when the client has taken all that it was sent. */
async function settled(peer: Peer): Promise<void> {
  const mark = String(peer.seen.length).padStart(8, "0");
  peer.socket.write(frame(frameType.ping, 0, 0, mark));
  await peer.frame(({ type, payload }) => type === frameType.ping && payload.toString() === mark);
}

describe("the windows of the client", () => {
  it("are given back while a large message comes", async () => {
    await using there = await echoing({});
    await using connection = await connectGrpc(there.url, "wire", unabortable);
    const body = Buffer.alloc(10_000_000, "0123456789");
    expect(body.equals(await connection.ask(path, body, {}, unabortable, Buffer.copyBytesFrom))).toBe(true);
  });

  it("are not given back while nobody reads", async () => {
    const messages = 60;
    await using line = await lineTo((id, { socket }) => {
      const full = data(id, message("x".repeat(framePayloadBytes - 5)));
      socket.write(Buffer.concat([headers(id, "more", ...grpcHead), ...Array.from({ length: messages }, () => full)]));
    });
    const { connection, peer } = line;
    const reader = connection.serverStream(path, nothing, {}, unabortable)[Symbol.asyncIterator]();
    await reader.next();
    await settled(peer);
    const isUpdate = ({ type, id }: { type: number; id: number }): boolean =>
      type === frameType.windowUpdate && id === 1;
    expect(peer.seen.some(isUpdate)).toBe(false);
    for (let n = 1; n < messages; n++) await reader.next();
    const update = await peer.frame(isUpdate);
    expect(update.payload.readUInt32BE(0)).toBe(messages * framePayloadBytes);
    await reader.return?.();
  });

  it("are not to be exceeded", async () => {
    await using line = await lineTo((id, { socket }) => {
      const full = data(id, message("x".repeat(framePayloadBytes - 5)));
      socket.write(Buffer.concat([headers(id, "more", ...grpcHead), ...Array.from({ length: 70 }, () => full)]));
    });
    const messages = line.connection.serverStream(path, nothing, {}, unabortable)[Symbol.asyncIterator]();
    await messages.next();
    await closed(line.peer);
    const rest = (async () => {
      while ((await messages.next()).done !== true);
    })();
    await expect(rest).rejects.toMatchObject({ kind: "protocol", message: expect.stringContaining("window") });
  });
});

describe("the number of calls at the same time", () => {
  it("is what the server allows; the others wait", async () => {
    let [open, most] = [0, 0];
    await using there = await echoing({ settings: { maxConcurrentStreams: 2 } }, (stream) => {
      most = Math.max(most, ++open);
      stream.on("close", () => open--);
    });
    await using connection = await connectGrpc(there.url, "wire", unabortable);
    const bodies = Array.from({ length: 20 }, (_, n) => `${n}`);
    expect(await Promise.all(bodies.map((body) => echo(connection, body)))).toEqual(bodies);
    expect(most).toBe(2);
  });

  it("may change, and who waits may leave", async () => {
    const controller = new AbortController();
    await using line = await lineTo(() => undefined, settings([concurrentStreams, 0]));
    const { connection, peer } = line;
    const left = echo(connection, "left", controller.signal);
    const calls = ["first", "second"].map((text) => echo(connection, text));
    const reason = new Failure("timeout", "too late");
    controller.abort(reason);
    await expect(left).rejects.toBe(reason);
    await settled(peer);
    expect(peer.seen.some(isRequest)).toBe(false);
    peer.socket.write(settings([concurrentStreams, 1]));
    await peer.frame(({ type, id }) => type === frameType.data && id === 1);
    peer.socket.write(answer(1, "one"));
    await peer.frame(({ type, id }) => type === frameType.data && id === 3);
    peer.socket.write(answer(3, "two"));
    expect(await Promise.all(calls)).toEqual(["one", "two"]);
    expect(peer.seen.filter(isRequest)).toHaveLength(2);
  });

  it("ends with the connection for those who wait, too", async () => {
    await using line = await lineTo(() => undefined, settings([concurrentStreams, 1]));
    const calls = Promise.allSettled(["first", "second"].map((text) => echo(line.connection, text)));
    await line.peer.frame(({ type }) => type === frameType.data);
    line.peer.socket.destroy();
    const closedCall = { status: "rejected", reason: { kind: "closed" } };
    expect(await calls).toMatchObject([closedCall, closedCall]);
  });
});

describe("a call that is aborted", () => {
  it("is cancelled at the server, whose answer then means nothing", async () => {
    const controller = new AbortController();
    await using line = await lineTo((id, { socket }) => id === 3 && socket.write(answer(id, "next")));
    const { connection, peer } = line;
    const call = echo(connection, "x", controller.signal);
    await peer.frame(({ type }) => type === frameType.data);
    peer.socket.write(headers(1, "more", ...grpcHead));
    await settled(peer);
    controller.abort();
    await expect(call).rejects.toMatchObject({ kind: "aborted" });
    const reset = await peer.frame(({ type }) => type === frameType.resetStream);
    expect([reset.id, reset.payload.readUInt32BE(0)]).toEqual([1, 8]);
    peer.socket.write(Buffer.concat([data(1, message("late")), headers(1, "last", ["grpc-status", "0"])]));
    expect(await echo(connection, "x")).toBe("next");
  });

  it("takes all calls of its signal with it, and none of another", async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    await using line = await lineTo((id, { socket }) => id > 3 && socket.write(answer(id, "fine")));
    const calls = [1, 2].map(() => line.connection.ask(path, nothing, {}, one.signal, Buffer.copyBytesFrom));
    const outcomes = Promise.allSettled(calls);
    const third = echo(line.connection, "x", other.signal);
    one.abort();
    const aborted = { status: "rejected", reason: { kind: "aborted" } };
    expect(await outcomes).toMatchObject([aborted, aborted]);
    expect(await third).toBe("fine");
  });

  it("leaves nothing on its signal, and the connection no listener for each call", async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    await using there = await echoing({});
    const connection = await connectGrpc(there.url, "wire", unabortable);
    for (let n = 0; n < 10; n++) await echo(connection, "x", signal);
    expect(add).toHaveBeenCalledTimes(1);
    // Many signals after it: it is not watched for ever.
    for (let n = 0; n < 200; n++) await echo(connection, "x", new AbortController().signal);
    expect(remove).toHaveBeenCalledTimes(1);
    expect(await echo(connection, "again", signal)).toBe("again");
    await connection[Symbol.asyncDispose]();
    expect(remove).toHaveBeenCalledTimes(2);
  });
});

describe("a stream of messages", () => {
  it("is not begun before it is read, and not at all when it is left before", async () => {
    await using line = await lineTo((id, { socket }) => socket.write(answer(id, "fine")));
    const messages = line.connection.serverStream(path, nothing, {}, unabortable)[Symbol.asyncIterator]();
    await messages.return?.();
    expect(await messages.next()).toEqual({ done: true, value: undefined });
    await settled(line.peer);
    expect(line.peer.seen.some(isRequest)).toBe(false);
  });

  it("that is aborted after its end, but not read, is not whole", async () => {
    const controller = new AbortController();
    await using line = await lineTo((id, { socket }) => {
      const two = data(id, message("one") + message("two"));
      socket.write(Buffer.concat([headers(id, "more", ...grpcHead), two, headers(id, "last", ["grpc-status", "0"])]));
    });
    const messages = line.connection.serverStream(path, nothing, {}, controller.signal)[Symbol.asyncIterator]();
    expect(Buffer.from((await messages.next()).value).toString()).toBe("one");
    await settled(line.peer);
    controller.abort();
    await expect(messages.next()).rejects.toMatchObject({ kind: "aborted" });
    expect(await messages.next()).toEqual({ done: true, value: undefined });
  });
});

describe("closing", () => {
  it("does not wait for a server that does not read", async () => {
    await using served = await loopback(
      net.createServer((socket) => {
        socket.pause();
        socket.write(settings([initialWindow, 2 ** 31 - 1]));
        socket.write(frame(frameType.windowUpdate, 0, 0, uint32(2 ** 31 - 1 - 65_535)));
      }),
    );
    const connection = await connectGrpc(served.url, "wire", unabortable);
    await new Promise((resolve) => setImmediate(resolve));
    const call = connection.ask(path, Buffer.alloc(20_000_000), {}, unabortable, Buffer.copyBytesFrom);
    const outcome = expect(call).rejects.toMatchObject({ kind: "closed" });
    await connection[Symbol.asyncDispose]();
    await outcome;
  });

  it("twice is closing once", async () => {
    await using line = await lineTo(() => undefined);
    await line.connection[Symbol.asyncDispose]();
    await line.connection[Symbol.asyncDispose]();
  });

  it("by a server that has said goodbye lets the calls under way end; others have a new connection", async () => {
    const streams: ServerHttp2Stream[] = [];
    const server = createServer();
    const began = once(server, "stream");
    server.on("stream", (stream: ServerHttp2Stream) => streams.push(stream));
    await using there = await loopback(server);
    await using connection = await connectGrpc(there.url, "wire", unabortable);
    const reply = (stream: ServerHttp2Stream | undefined, text: string): void => {
      stream?.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream?.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream?.end(Buffer.from(message(text)));
    };
    const first = echo(connection, "x");
    await began;
    const [old] = streams;
    old?.session?.goaway();
    const beganAgain = once(server, "stream");
    // Sooner or later: a call on its way when the server says goodbye is closed.
    const second = (async () => {
      for (;;) {
        const text = await echo(connection, "x").catch(() => null);
        if (text !== null) return text;
      }
    })();
    await beganAgain;
    reply(streams[1], "new");
    reply(old, "old");
    expect([await first, await second]).toEqual(["old", "new"]);
    expect(there.sockets).toHaveLength(2);
  });
});
