import { describe, expect, it } from "vitest";
import { connectGrpc } from "./grpc.ts";
import { frameFlag, frameType } from "./h2-frames.ts";
import type { Field } from "./hpack-static.ts";
import { answer, block, closed, data, frame, grpcHead, headers, lineTo, message, peerOf } from "./testing/h2-peer.ts";
import { unabortable } from "./testing/loopback.ts";

const { endStream, endHeaders, padded, priority, ack } = frameFlag;
const path = "/test.Test/Any";
const head = headers(1, "more", ...grpcHead);
const hello = data(1, message("hello"));
const trailers = headers(1, "last", ["grpc-status", "0"]);
const whole = answer(1, "hello");
const uint32 = (value: number): number[] => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];
const setting = (name: number, value: number): Buffer => frame(frameType.settings, 0, 0, [0, name, ...uint32(value)]);
const headOf = (...fields: Field[]): Buffer[] => [headers(1, "more", ...fields), hello, trailers];
const trailersOf = (...fields: Field[]): Buffer[] => [head, hello, headers(1, "last", ...fields)];

/** What becomes of a call that is answered with these frames. */
async function answered(frames: readonly Buffer[]): Promise<string> {
  await using line = await lineTo((_, { socket }) => socket.write(Buffer.concat(frames)));
  const reply = await line.connection.ask(path, Buffer.alloc(0), {}, unabortable, Buffer.copyBytesFrom);
  return Buffer.from(reply).toString();
}

describe("an answer", () => {
  it.each<[string, readonly Buffer[]]>([
    ["plain", [whole]],
    [
      "of several DATA frames, some empty",
      [head, data(1, ""), ...[...message("hello")].map((one) => data(1, one)), trailers],
    ],
    ["with padding", [head, frame(frameType.data, padded, 1, `\x03${message("hello")}pad`), trailers]],
    [
      "with HEADERS that are padded and have a priority",
      [
        frame(frameType.headers, endHeaders | padded | priority, 1, [2, 0, 0, 0, 3, 15, ...block(...grpcHead), 0, 0]),
        hello,
        trailers,
      ],
    ],
    [
      "with headers in several frames",
      [
        frame(frameType.headers, 0, 1, block(...grpcHead).subarray(0, 3)),
        frame(frameType.continuation, 0, 1, block(...grpcHead).subarray(3, 4)),
        frame(frameType.continuation, endHeaders, 1, block(...grpcHead).subarray(4)),
        hello,
        frame(frameType.headers, endStream, 1, ""),
        frame(frameType.continuation, endHeaders, 1, block(["grpc-status", "0"])),
      ],
    ],
    ["after an informational one", [headers(1, "more", [":status", "103"]), whole]],
    ["of another content-type that is gRPC", headOf([":status", "200"], ["content-type", "Application/gRPC+proto"])],
    ["with an encoding that is not used", headOf(...grpcHead, ["grpc-encoding", "gzip"])],
    ["with status 00", trailersOf(["grpc-status", "00"])],
    ["with other trailers", trailersOf(["x-a", "b"], ["grpc-status", "0"], ["grpc-message", ""])],
    ["followed by RST_STREAM and WINDOW_UPDATE", [whole, frame(8, 0, 1, uint32(1)), frame(3, 0, 1, uint32(0))]],
    [
      "among frames that mean nothing here",
      [
        frame(frameType.priority, 0, 9, [0, 0, 0, 1, 1]),
        frame(0x0a, 0xff, 1, "ALTSVC"),
        frame(0xfe, 0, 0, ""),
        head,
        frame(frameType.ping, ack, 0, "whatever"),
        setting(0x99, 7),
        hello,
        trailers,
      ],
    ],
  ])("%s is taken", async (_, frames) => {
    expect(await answered(frames)).toBe("hello");
  });

  it.each<[string, string]>([
    ["a%20%ED%95%9C%f0%9f%A4%96%25", "a 한🤖%"],
    ["100% \xff %zz", "100% \xff %zz"],
    ["", ""],
  ])("with grpc-message %j says %j", async (given, details) => {
    const fields: Field[] = [
      ["grpc-status", "9"],
      ["grpc-message", given],
    ];
    for (const frames of [[headers(1, "last", ...grpcHead, ...fields)], trailersOf(...fields)])
      await expect(answered(frames)).rejects.toMatchObject({ kind: "rejected", code: 9, details });
  });

  it.each<[number, number, string]>([
    [0, 13, "rejected"],
    [1, 13, "rejected"],
    [7, 14, "closed"],
    [8, 1, "closed"],
    [11, 8, "rejected"],
    [12, 7, "rejected"],
    [99, 13, "rejected"],
  ])("of RST_STREAM %i is status %i, %s", async (error, code, kind) => {
    await expect(answered([head, frame(frameType.resetStream, 0, 1, uint32(error))])).rejects.toMatchObject({
      code,
      kind,
    });
  });
});

describe("protocol is the failure of an answer", () => {
  it.each<[string, readonly Buffer[], string]>([
    ["without :status", headOf(["content-type", "application/grpc"]), "got none"],
    ["with two", headOf([":status", "200"], [":status", "200"]), ":status that is not"],
    [
      "with :status at its end",
      headOf(["content-type", "application/grpc"], [":status", "200"]),
      ":status that is not",
    ],
    ["with :status 2000", headOf([":status", "2000"], ["content-type", "application/grpc"]), '"2000"'],
    ["with :path", headOf(...grpcHead, [":path", "/"]), ":path"],
    ["with a name in upper case", headOf(...grpcHead, ["X-Name", "a"]), "X-Name"],
    ["with a name that is none", headOf(...grpcHead, ["", "a"]), '""'],
    ["with a header of HTTP/1.1", headOf(...grpcHead, ["connection", "close"]), "connection"],
    ["with HTTP status 404", headOf([":status", "404"], ["content-type", "text/html"]), "404"],
    ["with HTTP status 503 of gRPC", headOf([":status", "503"], ["content-type", "application/grpc"]), "503"],
    ["of another content-type", headOf([":status", "200"], ["content-type", "application/grpc-web"]), "grpc-web"],
    ["of no content-type", headOf([":status", "200"]), 'content-type ""'],
    ["that is only informational", [headers(1, "last", [":status", "100"])], "informational"],
    ["with two heads", [head, head, hello, trailers], "another head"],
    ["that begins with DATA", [hello, head, trailers], "got DATA"],
    ["without trailers", [head, frame(frameType.data, endStream, 1, message("hello"))], "grpc-status"],
    ["of a head without grpc-status", [headers(1, "last", ...grpcHead)], "grpc-status"],
    ["of trailers without grpc-status", trailersOf(["x-a", "b"]), "grpc-status"],
    ["with grpc-status -1", trailersOf(["grpc-status", "-1"]), '"-1"'],
    ["with :status in the trailers", trailersOf([":status", "200"], ["grpc-status", "0"]), "another head"],
    ["with trailers in upper case", trailersOf(["Grpc-Status", "0"]), "Grpc-Status"],
    ["with trailers that do not end it", [head, hello, headers(1, "more", ["grpc-status", "0"])], "another head"],
    ["of no message", [head, trailers], "without one"],
    ["of two messages", [head, hello, hello, trailers], "got another"],
    ["of a message that is cut off", [head, data(1, message("hell", 0, 5)), trailers], "in the middle"],
    ["of a prefix that is cut off", [head, data(1, message("").slice(1)), trailers], "in the middle"],
    ["of a compressed message", [head, data(1, message("hello", 1)), trailers], "flag 1"],
    ["of something that is no message", [head, data(1, "hello, world"), trailers], "flag 104"],
  ])("%s, and the next call works", async (_, frames, said) => {
    await using line = await lineTo((id, { socket }) =>
      socket.write(id === 1 ? Buffer.concat(frames) : answer(id, "next")),
    );
    const call = line.connection.ask(path, Buffer.alloc(0), {}, unabortable, Buffer.copyBytesFrom);
    await expect(call).rejects.toMatchObject({ kind: "protocol", message: expect.stringContaining(said) });
    const next = await line.connection.ask(path, Buffer.alloc(0), {}, unabortable, Buffer.copyBytesFrom);
    expect(Buffer.from(next).toString()).toBe("next");
  });
});

const misbehaviours: [string, readonly Buffer[], string][] = [
  ["DATA on the connection", [data(0, "x")], "stream 0"],
  ["DATA on a server's stream", [data(2, "x")], "stream 2"],
  ["DATA on a stream to come", [data(5, "x")], "stream 5"],
  ["HEADERS on the connection", [headers(0, "more", ...grpcHead)], "stream 0"],
  ["HEADERS on a stream to come", [headers(5, "more", ...grpcHead)], "stream 5"],
  ["DATA after the end", [whole, data(1, "x")], "stream 1"],
  ["HEADERS after the end", [whole, trailers], "stream 1"],
  ["DATA with too much padding", [head, frame(frameType.data, padded, 1, "\x06xxxxx")], "padding"],
  ["DATA with padding of no length", [head, frame(frameType.data, padded, 1, "")], "padding"],
  ["HEADERS with too much padding", [frame(frameType.headers, endHeaders | padded, 1, "\x06xxxxx")], "padding"],
  ["HEADERS with no room for a priority", [frame(frameType.headers, endHeaders | priority, 1, "xxxx")], "priority"],
  ["a block that is no HPACK", [frame(frameType.headers, endHeaders, 1, [0xbe])], "index"],
  ["headers that do not end", [frame(frameType.headers, 0, 1, ""), hello], "type 9"],
  ["headers that another stream continues", [frame(frameType.headers, 0, 1, ""), frame(9, 4, 3, "")], "CONTINUATION"],
  ["headers interrupted by a PING", [frame(frameType.headers, 0, 1, ""), frame(6, 0, 0, "12345678")], "type 9"],
  ["CONTINUATION of nothing", [frame(frameType.continuation, endHeaders, 1, "")], "CONTINUATION"],
  [
    "headers without an end",
    [frame(frameType.headers, 0, 1, ""), ...Array.from({ length: 300 }, () => frame(frameType.continuation, 0, 1, ""))],
    "at most",
  ],
  ["PUSH_PROMISE", [frame(frameType.pushPromise, endHeaders, 1, uint32(2))], "PUSH_PROMISE"],
  ["PRIORITY of 4 bytes", [frame(frameType.priority, 0, 1, "1234")], "PRIORITY of its size"],
  ["PRIORITY on the connection", [frame(frameType.priority, 0, 0, "12345")], "PRIORITY on"],
  ["RST_STREAM of 3 bytes", [frame(frameType.resetStream, 0, 1, "123")], "RST_STREAM of its size"],
  ["RST_STREAM on the connection", [frame(frameType.resetStream, 0, 0, "1234")], "RST_STREAM on"],
  ["RST_STREAM on a stream to come", [frame(frameType.resetStream, 0, 5, "1234")], "RST_STREAM on"],
  ["SETTINGS of 5 bytes", [frame(frameType.settings, 0, 0, "12345")], "SETTINGS"],
  ["SETTINGS on a stream", [frame(frameType.settings, 0, 1, "")], "SETTINGS on"],
  ["SETTINGS that acknowledge and say", [frame(frameType.settings, ack, 0, "123456")], "SETTINGS of its size"],
  ["SETTINGS that allow push", [setting(2, 1)], "ENABLE_PUSH"],
  ["SETTINGS of too large a window", [setting(4, 2 ** 31)], "INITIAL_WINDOW_SIZE"],
  ["SETTINGS of too small a frame", [setting(5, 16_383)], "MAX_FRAME_SIZE"],
  ["SETTINGS of too large a frame", [setting(5, 2 ** 24)], "MAX_FRAME_SIZE"],
  [
    "SETTINGS that make a window overflow",
    [frame(8, 0, 1, uint32(2 ** 31 - 1 - 65_535)), setting(4, 65_600)],
    "windows",
  ],
  ["PING of 7 bytes", [frame(frameType.ping, 0, 0, "1234567")], "PING of its size"],
  ["PING on a stream", [frame(frameType.ping, 0, 1, "12345678")], "PING on"],
  ["GOAWAY of 7 bytes", [frame(frameType.goAway, 0, 0, "1234567")], "GOAWAY of its size"],
  ["GOAWAY on a stream", [frame(frameType.goAway, 0, 1, "12345678")], "GOAWAY on"],
  ["WINDOW_UPDATE of 3 bytes", [frame(frameType.windowUpdate, 0, 0, "123")], "WINDOW_UPDATE of its size"],
  ["WINDOW_UPDATE on a stream to come", [frame(frameType.windowUpdate, 0, 5, "1234")], "WINDOW_UPDATE on"],
  ["WINDOW_UPDATE of nothing", [frame(frameType.windowUpdate, 0, 1, uint32(0))], "at least 1"],
  ["WINDOW_UPDATE above the largest window", [frame(frameType.windowUpdate, 0, 0, uint32(2 ** 31 - 1))], "windows"],
  ["a frame that is too large", [head, data(1, "x".repeat(16_385))], "16385"],
];

describe("protocol is the failure of every call under way, and the end of the connection, after", () => {
  it.each(misbehaviours)("%s", async (_, frames, said) => {
    let served = 0;
    await using line = await lineTo((id, { socket }) => {
      if (++served === 3) socket.write(answer(id, "on a new connection"));
      // The answer of the second call is begun, so that it has nothing to complain of but the connection.
      else if (served === 2) socket.write(Buffer.concat([headers(3, "more", ...grpcHead), ...frames]));
    });
    const { connection, peer } = line;
    const call = (): Promise<Uint8Array> =>
      connection.ask(path, Buffer.alloc(0), {}, unabortable, Buffer.copyBytesFrom);
    const failure = { kind: "protocol", message: expect.stringContaining(said) };
    const [first, second] = await Promise.allSettled([call(), call()]);
    const ended = frames[0] === whole;
    expect(first).toMatchObject(ended ? { status: "fulfilled" } : { status: "rejected", reason: failure });
    expect(second).toMatchObject({ status: "rejected", reason: failure });
    const goAway = await peer.frame(({ type }) => type === frameType.goAway);
    expect(goAway.payload.readUInt32BE(4)).toBe(1);
    await closed(peer);
    expect(Buffer.from(await call()).toString()).toBe("on a new connection");
  });
});

describe("a connection is not opened to a server that begins with", () => {
  it.each<[string, Buffer]>([
    ["HTTP/1.1", Buffer.from("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")],
    ["a greeting of its own", Buffer.from("SSH-2.0-OpenSSH_9.2\r\n")],
    ["PING", frame(frameType.ping, 0, 0, "12345678")],
    ["GOAWAY", frame(frameType.goAway, 0, 0, [0, 0, 0, 0, 0, 0, 0, 2])],
    ["the acknowledgement of SETTINGS", frame(frameType.settings, ack, 0, "")],
    ["SETTINGS that are none", frame(frameType.settings, 0, 0, "12345")],
  ])("%s", async (_, greeting) => {
    await using served = await peerOf(() => undefined, greeting);
    await expect(connectGrpc(served.url, "wire", unabortable)).rejects.toMatchObject({ kind: "protocol" });
    for (const peer of served.peers) await closed(peer);
  });
});

describe("closed is the failure of a call", () => {
  it.each<[string, readonly Buffer[]]>([
    ["before its answer", []],
    ["in the middle of its answer", [head, hello]],
    ["in the middle of a frame", [whole.subarray(0, -1)]],
  ])("when the connection is lost %s; the next one has a new connection", async (_, frames) => {
    let served = 0;
    await using line = await lineTo((id, { socket }) =>
      socket.end(Buffer.concat(++served === 1 ? frames : [answer(id, "again")])),
    );
    const { connection, peer } = line;
    const call = (): Promise<Uint8Array> =>
      connection.ask(path, Buffer.alloc(0), {}, unabortable, Buffer.copyBytesFrom);
    const { sentBytes } = connection.wire;
    await expect(call()).rejects.toMatchObject({ kind: "closed" });
    await closed(peer);
    expect(Buffer.from(await call()).toString()).toBe("again");
    expect(connection.wire.sentBytes).toBeGreaterThan(2 * sentBytes);
  });

  it("when GOAWAY says that it will not be answered; those before it are", async () => {
    const goAway = frame(frameType.goAway, 0, 0, [...uint32(1), ...uint32(11), ...Buffer.from("calm down")]);
    let served = 0;
    await using line = await lineTo((id, { socket }) => {
      if (++served === 2) socket.write(goAway);
      else if (served > 2) socket.write(answer(id, "elsewhere"));
    });
    const { connection, peer } = line;
    const call = (): Promise<Uint8Array> =>
      connection.ask(path, Buffer.alloc(0), {}, unabortable, Buffer.copyBytesFrom);
    const first = call();
    await expect(call()).rejects.toMatchObject({
      kind: "closed",
      message: expect.stringContaining("GOAWAY 11 calm down"),
    });
    const others = (await Promise.all([call(), call()])).map((reply) => Buffer.from(reply).toString());
    expect(others).toEqual(["elsewhere", "elsewhere"]);
    expect(line.served.sockets).toHaveLength(2);
    peer.socket.write(whole);
    expect(Buffer.from(await first).toString()).toBe("hello");
    await closed(peer);
  });
});

describe("a connection that is opened again", () => {
  it("is given up by closing, and by the call that is aborted only for itself", async () => {
    let served = 0;
    await using line = await lineTo((_, { socket }) => socket.destroy());
    line.served.server.on("connection", () => served++);
    const { connection, peer } = line;
    const call = (signal = unabortable): Promise<Uint8Array> =>
      connection.ask(path, Buffer.alloc(0), {}, signal, Buffer.copyBytesFrom);
    await expect(call()).rejects.toMatchObject({ kind: "closed" });
    await closed(peer);
    const controller = new AbortController();
    const calls = Promise.allSettled([call(controller.signal), call()]);
    controller.abort();
    await connection[Symbol.asyncDispose]();
    const outcome = (kind: string): object => ({ status: "rejected", reason: { kind } });
    expect(await calls).toMatchObject([outcome("aborted"), outcome("closed")]);
    await expect(call()).rejects.toMatchObject({ kind: "closed" });
    expect(served).toBeLessThan(2);
  });

  it("is refused when nobody is there any more", async () => {
    await using line = await lineTo((_, { socket }) => socket.destroy());
    const call = (): Promise<Uint8Array> =>
      line.connection.ask(path, Buffer.alloc(0), {}, unabortable, Buffer.copyBytesFrom);
    await expect(call()).rejects.toMatchObject({ kind: "closed" });
    await line.served[Symbol.asyncDispose]();
    for (const outcome of await Promise.allSettled([call(), call()]))
      expect(outcome).toMatchObject({ status: "rejected", reason: { kind: "refused" } });
  });
});
