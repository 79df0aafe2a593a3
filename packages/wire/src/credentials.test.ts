import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import { describe, expect, it, vi } from "vitest";
import { WebSocketServer } from "ws";
import { connectGrpc } from "./grpc.ts";
import { connectHttp } from "./http.ts";
import { loopback, post, unabortable } from "./testing/loopback.ts";
import { connectWebSocket } from "./websocket.ts";

/** RFC 7617 §2.1: UTF-8, without the percent-encoding it had in the URL. */
const expected = `Basic ${Buffer.from("us@er:s:ecret/ü").toString("base64")}`;

function asUser(url: URL): URL {
  const known = new URL(url);
  known.username = "us@er";
  known.password = "s:ecret/ü";
  return known;
}

/** The header `authorization` of every request in the order they came. */
function seenBy(server: http.Server): (string | undefined)[] {
  const seen: (string | undefined)[] = [];
  server.prependListener("request", ({ headers }) => seen.push(headers.authorization));
  server.prependListener("upgrade", ({ headers }) => seen.push(headers.authorization));
  return seen;
}

describe.each(["library", "wire"] as const)("user and password of a URL, by the %s client,", (client) => {
  it("go with every HTTP request, and with none where the URL has none", async () => {
    const server = http.createServer((request, response) => request.resume().on("end", () => response.end("ok")));
    const seen = seenBy(server);
    await using served = await loopback(server);
    await using known = await connectHttp(asUser(served.url), client, unabortable);
    await using unknown = await connectHttp(served.url, client, unabortable);
    await known.request(post("a"), unabortable);
    await unknown.request(post("b"), unabortable);
    for await (const _ of (await known.stream(post("c"), unabortable)).chunks);
    expect(seen).toEqual([expected, undefined, expected]);
  });

  it("go with the handshake of a WebSocket", async () => {
    const server = http.createServer();
    const seen = seenBy(server);
    const webSockets = new WebSocketServer({ server });
    await using served = await loopback(server);
    const events = { message: vi.fn(), closed: vi.fn() };
    for (const url of [asUser(served.url), served.url]) {
      url.protocol = "ws:";
      await using _connection = await connectWebSocket(url, null, events, client, unabortable);
    }
    webSockets.close();
    expect(seen).toEqual([expected, undefined]);
  });

  it("go with every gRPC call, of whatever kind", async () => {
    const server = http2.createServer();
    const seen: unknown[] = [];
    server.on("stream", (stream, headers) => {
      seen.push(headers.authorization);
      stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "16" }, { endStream: true });
    });
    await using served = await loopback(server);
    await using known = await connectGrpc(asUser(served.url), client, unabortable);
    await using unknown = await connectGrpc(served.url, client, unabortable);
    const denied = { kind: "rejected" };
    const nothing = new Uint8Array(0);
    await expect(known.ask("/a/B", nothing, {}, unabortable, () => null)).rejects.toMatchObject(denied);
    await expect(unknown.ask("/a/B", nothing, {}, unabortable, () => null)).rejects.toMatchObject(denied);
    const streamed = known.serverStream("/a/B", nothing, {}, unabortable)[Symbol.asyncIterator]();
    await expect(streamed.next()).rejects.toMatchObject(denied);
    const closed = vi.fn();
    const ended = once(server, "stream");
    known.duplex("/a/B", {}, { message: vi.fn(), closed });
    await ended;
    expect(seen).toEqual([expected, undefined, expected, expected]);
  });
});

describe.each(["library", "wire"] as const)("an address that the %s client cannot use", (client) => {
  it("is named without its secrets", async () => {
    const events = { message: vi.fn(), closed: vi.fn() };
    const fragment = new URL("ws://user:secret@127.0.0.1:1/?token=t0psecret#part");
    const webSocket = connectWebSocket(fragment, null, events, client, unabortable);
    const grpc = connectGrpc(new URL("ws://user:secret@127.0.0.1:1/"), client, unabortable);
    for (const connecting of [webSocket, grpc])
      await expect(connecting).rejects.toMatchObject({
        kind: "usage",
        message: expect.not.stringMatching(/secret/),
      });
  });
});
