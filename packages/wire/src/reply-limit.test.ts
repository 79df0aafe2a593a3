import http from "node:http";
import type { Failure } from "@apb/core/failure";
import { describe, expect, it } from "vitest";
import { connectGrpc } from "./grpc.ts";
import { frameType } from "./h2-frames.ts";
import { connectHttp, readText } from "./http.ts";
import { data, grpcHead, headers, message, type Peer, peerOf } from "./testing/h2-peer.ts";
import { chunk, deafWebSocket, endlessHttp, flood, webSocketFrame } from "./testing/hostile.ts";
import { loopback, post, unabortable } from "./testing/loopback.ts";
import { connectWebSocket, type WebSocketConnection } from "./websocket.ts";

const most = 64 * 1024;
const tooLarge = { kind: "protocol", sentence: "expected a reply of at most 64 KiB, got more" };
/** What a client may read of a reply that it refuses: up to its limit, and what one read brings, headers and framing included. */
const mostReadBytes = 1024 * 1024;
const clients = ["library", "wire"] as const;
const bytes = (size: number): Buffer => Buffer.alloc(size, "x");
const large = "x".repeat(most);

describe.each(clients)("a reply to the %s client over HTTP", (client) => {
  const endless: readonly (readonly [string, string, Buffer])[] = [
    ["that says so", "Content-Length: 4294967296", bytes(4096)],
    ["in chunks", "Transfer-Encoding: chunked", chunk("x".repeat(4096))],
    ["in chunks of one byte", "Transfer-Encoding: chunked", chunk("x")],
    ["up to the end of the connection", "Connection: close", bytes(4096)],
  ];

  it.each(endless)("has no more than its limit, %s", async (_name, head, piece) => {
    await using served = await endlessHttp(head, piece);
    await using connection = await connectHttp(served.url, client, unabortable, most);
    await expect(connection.request(post(""), unabortable)).rejects.toMatchObject(tooLarge);
    expect(connection.wire.receivedBytes).toBeLessThan(mostReadBytes);
  });

  it.each(endless)("is read as one text up to its limit, %s", async (_name, head, piece) => {
    await using served = await endlessHttp(head, piece);
    await using connection = await connectHttp(served.url, client, unabortable, most);
    const stream = await connection.stream(post(""), unabortable);
    await expect(readText(stream)).rejects.toMatchObject(tooLarge);
    expect(connection.wire.receivedBytes).toBeLessThan(mostReadBytes);
  });

  it("may have just as much, and the connection lives on after one that had more", async () => {
    const replies = [large, `${large}x`, large];
    const server = http.createServer((request, response) => {
      const body = replies.shift() ?? "";
      if (request.url === "/chunked") response.write(body);
      response.end(request.url === "/chunked" ? "" : body);
    });
    await using served = await loopback(server);
    for (const path of ["/", "/chunked"]) {
      replies.splice(0, 3, large, `${large}x`, large);
      await using connection = await connectHttp(served.url, client, unabortable, most);
      expect((await connection.request(post("", path), unabortable)).body).toBe(large);
      await expect(connection.request(post("", path), unabortable)).rejects.toMatchObject(tooLarge);
      expect((await connection.request(post("", path), unabortable)).body).toBe(large);
    }
  });

  it("has a limit where none is given, and says it", async () => {
    await using served = await endlessHttp("Content-Length: 67108865", bytes(1));
    await using connection = await connectHttp(served.url, client, unabortable);
    const sentence = "expected a reply of at most 64 MiB, got more";
    await expect(connection.request(post(""), unabortable)).rejects.toMatchObject({ kind: "protocol", sentence });
  });
});

describe.each(clients)("a message to the %s client over gRPC", (client) => {
  const path = "/test.Test/Test";
  const none = Buffer.alloc(0);

  it.each([
    ["4 GiB", 0xffffffff],
    ["a byte too much", most + 1],
  ])("may not be of %s", async (_name, length) => {
    await using served = await peerOf((id, { socket }) => {
      socket.write(headers(id, "more", ...grpcHead));
      socket.write(data(id, message("", 0, length)));
      for (let n = 0; n < 4; n++) socket.write(data(id, bytes(16_000)));
    });
    await using connection = await connectGrpc(served.url, client, unabortable, most);
    await expect(connection.ask(path, none, {}, unabortable, String)).rejects.toMatchObject(tooLarge);
    const stream = async (): Promise<void> => {
      for await (const _ of connection.serverStream(path, none, {}, unabortable));
    };
    await expect(stream()).rejects.toMatchObject(tooLarge);
  });

  it("may not be larger than its limit on a call that lasts either", async () => {
    await using served = await peerOf(() => undefined);
    await using connection = await connectGrpc(served.url, client, unabortable, most);
    const ended = new Promise<Failure>((closed) => {
      connection.duplex(path, {}, { message: () => undefined, closed }).send(none);
    });
    const peer = served.peers[0] as Peer;
    const { id } = await peer.frame(({ type }) => type === frameType.headers);
    peer.socket.write(headers(id, "more", ...grpcHead));
    peer.socket.write(data(id, message("", 0, most + 1)));
    expect(await ended).toMatchObject(tooLarge);
  });

  it("may be as large as the limit, and a stream of such ones as long as it will", async () => {
    const frames = Array.from({ length: 4 }, () => bytes(most / 4));
    await using served = await peerOf((id, { socket }) => {
      socket.write(headers(id, "more", ...grpcHead));
      for (let n = 0; n < 10; n++) {
        socket.write(data(id, message("", 0, most)));
        for (const payload of frames) socket.write(data(id, payload));
      }
      socket.write(headers(id, "last", ["grpc-status", "0"]));
    });
    await using connection = await connectGrpc(served.url, client, unabortable, most);
    let got = 0;
    for await (const { length } of connection.serverStream(path, none, {}, unabortable)) got += length;
    expect(got).toBe(10 * most);
  });
});

describe.each(clients)("a message to the %s client on a WebSocket", (client) => {
  /** First octets of frames: opcodes, of the last of a message with 0x80. */
  const [more, text, binary, last, ping] = [0x00, 0x01, 0x82, 0x80, 0x89] as const;

  it.each([
    ["in fragments without end", webSocketFrame(text, bytes(1)), webSocketFrame(more, bytes(4096))],
    ["in a frame of 4 GiB", Buffer.from([binary, 127, 0, 0, 0, 1, 0, 0, 0, 0]), bytes(4096)],
  ])("has no more than its limit, %s", async (_name, beginning, piece) => {
    await using served = await deafWebSocket((socket) => {
      socket.write(beginning);
      flood(socket, piece);
    });
    const messages: unknown[] = [];
    const { failure, connection } = await endOf(served.url, (message) => messages.push(message));
    expect(await failure).toMatchObject(tooLarge);
    expect(messages).toEqual([]);
    expect(connection.wire.receivedBytes).toBeLessThan(mostReadBytes);
  });

  it("may be as large as the limit, with a ping between its fragments, as often as it will", async () => {
    await using served = await deafWebSocket((socket) => {
      for (let n = 0; n < 10; n++) {
        socket.write(webSocketFrame(text, bytes(most - 10)));
        socket.write(webSocketFrame(ping, bytes(100)));
        socket.write(webSocketFrame(last, bytes(10)));
      }
      socket.write(webSocketFrame(binary, bytes(0)));
    });
    const sizes: number[] = [];
    await new Promise<void>((resolve, reject) => {
      const heard = (message: string | Uint8Array): void => {
        if (message.length === 0) resolve();
        else sizes.push(message.length);
      };
      connectWebSocket(served.url, null, { message: heard, closed: reject }, client, unabortable, most).catch(reject);
    });
    expect(sizes).toEqual(Array(10).fill(most));
  });

  async function endOf(
    url: URL,
    heard: (message: unknown) => void,
  ): Promise<{ connection: WebSocketConnection; failure: Promise<Failure> }> {
    let end = (_: Failure): void => undefined;
    const failure = new Promise<Failure>((resolve) => {
      end = resolve;
    });
    const connection = await connectWebSocket(
      url,
      null,
      { message: heard, closed: (reason) => end(reason) },
      client,
      unabortable,
      most,
    );
    return { connection, failure };
  }
});
