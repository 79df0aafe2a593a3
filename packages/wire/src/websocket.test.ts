import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import type { ClientKind } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { type Loopback, loopback, unabortable } from "./testing/loopback.ts";
import { connectWebSocket, type WebSocketConnection } from "./websocket.ts";

/** A server that answers every connection with these bytes and keeps it; for null it ends it without a word. */
function raw(answer: string | null): Promise<Loopback> {
  return loopback(
    net.createServer((socket) => socket.once("data", () => (answer === null ? socket.end() : socket.write(answer)))),
  );
}

/** A WebSocket server that echoes. */
async function echoing(
  protocols: (offered: Set<string>) => string | false = () => false,
): Promise<Loopback & { readonly webSockets: WebSocketServer }> {
  const server = http.createServer();
  const webSockets = new WebSocketServer({ server, handleProtocols: protocols });
  webSockets.on("connection", (socket) =>
    socket.on("message", (data, binary) => socket.send(data as Buffer, { binary })),
  );
  return { ...(await loopback(server)), webSockets };
}

interface Heard {
  readonly messages: (string | Uint8Array)[];
  readonly closed: Failure[];
  /** Resolves at the next event. */
  next(): Promise<void>;
}

async function connectBy(
  client: ClientKind,
  url: URL,
  subprotocol: string | null = null,
  signal = unabortable,
): Promise<WebSocketConnection & Heard> {
  const messages: (string | Uint8Array)[] = [];
  const closed: Failure[] = [];
  let wake = (): void => undefined;
  const heard = (note: () => void): void => {
    note();
    wake();
  };
  const connection = await connectWebSocket(
    url,
    subprotocol,
    { message: (data) => heard(() => messages.push(data)), closed: (failure) => heard(() => closed.push(failure)) },
    client,
    signal,
  );
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  return Object.assign(connection, { messages, closed, next });
}

describe.each(["library", "wire"] as const)("a WebSocket of the %s client", (client) => {
  const connect = (url: URL, subprotocol?: string | null, signal?: AbortSignal): Promise<WebSocketConnection & Heard> =>
    connectBy(client, url, subprotocol, signal);

  it("carries text and bytes both ways, and counts what is on the socket", async () => {
    await using served = await echoing();
    const connection = await connect(served.url);
    const before = { sent: connection.wire.sentBytes, received: connection.wire.receivedBytes };
    expect(before.sent).toBeGreaterThan(100);
    expect(before.received).toBeGreaterThan(100);
    connection.send("é".repeat(1000));
    await connection.next();
    connection.send(Buffer.from([0, 255]));
    await connection.next();
    expect(connection.messages).toEqual(["é".repeat(1000), Buffer.from([0, 255])]);
    // RFC 6455 §5.2: 4 bytes of header for 2,000 and 2 for 2, and 4 of mask from the client.
    expect(connection.wire.sentBytes - before.sent).toBe(2008 + 8);
    expect(connection.wire.receivedBytes - before.received).toBe(2004 + 4);
    await connection[Symbol.asyncDispose]();
    await connection[Symbol.asyncDispose]();
    expect(connection.closed).toMatchObject([{ kind: "closed" }]);
    expect(() => connection.send("x")).toThrow(Failure);
  });

  it("carries messages of any size", async () => {
    await using served = await echoing();
    const connection = await connect(served.url);
    for (const size of [0, 1, 2, 3, 4, 5, 125, 126, 127, 65_535, 65_536, 174_763, 1_048_577]) {
      for (const data of ["a".repeat(size), "한".repeat(size / 3), Buffer.alloc(size, "abcde")]) {
        connection.send(data);
        await connection.next();
        const [got] = connection.messages.splice(0);
        expect(typeof got).toBe(typeof data);
        expect(Buffer.from(got as string).equals(Buffer.from(data as string))).toBe(true);
      }
    }
    await connection[Symbol.asyncDispose]();
  });

  it("keeps what it cannot send yet as it was", async () => {
    await using served = await echoing();
    const connected = once(served.webSockets, "connection");
    const connection = await connect(served.url);
    const [, request] = await connected;
    request.socket.pause();
    const sent = Array.from({ length: 2000 }, (_, n) => `${n} `.repeat(2000));
    for (const data of sent) connection.send(data);
    request.socket.resume();
    while (connection.messages.length < sent.length) await connection.next();
    expect(connection.messages.every((data, n) => data === sent[n])).toBe(true);
    await connection[Symbol.asyncDispose]();
  });

  it("answers a ping, and hears messages in fragments", async () => {
    await using served = await echoing();
    const connected = once(served.webSockets, "connection");
    const connection = await connect(served.url);
    const [peer] = await connected;
    const pong = once(peer, "pong");
    peer.send("one ", { fin: false });
    peer.ping("are you there?");
    peer.send("message", { fin: true });
    if (connection.messages.length === 0) await connection.next();
    expect(connection.messages).toEqual(["one message"]);
    expect(String(await pong)).toBe("are you there?");
    await connection[Symbol.asyncDispose]();
  });

  it("hears a message that comes with the handshake", async () => {
    await using served = await echoing();
    served.webSockets.on("connection", (peer, { socket }) => {
      peer.send("first");
      peer.send("second");
      socket.uncork();
    });
    served.webSockets.on("headers", (_headers, { socket }) => socket.cork());
    const connection = await connect(served.url);
    while (connection.messages.length < 2) await connection.next();
    expect(connection.messages).toEqual(["first", "second"]);
    await connection[Symbol.asyncDispose]();
  });

  it("agrees on a subprotocol, or fails", async () => {
    await using yes = await echoing((offered) => [...offered][0] ?? false);
    await (await connect(yes.url, "mcp"))[Symbol.asyncDispose]();
    await using no = await echoing();
    await expect(connect(no.url, "mcp")).rejects.toMatchObject({ kind: "protocol" });
    await using pushing = await echoing();
    pushing.webSockets.on("headers", (headers) => headers.push("Sec-WebSocket-Protocol: mcp"));
    await expect(connect(pushing.url)).rejects.toMatchObject({ kind: "protocol" });
  });

  it("agrees on no extension", async () => {
    await using served = await echoing();
    served.webSockets.on("headers", (headers) => headers.push("Sec-WebSocket-Extensions: permessage-deflate"));
    await expect(connect(served.url)).rejects.toMatchObject({ kind: "protocol" });
  });

  it.each([
    ["an HTTP refusal", "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nsorry", "rejected"],
    ["a page", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "protocol"],
    ["a redirect", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "protocol"],
    ["another upgrade", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "protocol"],
    [
      "a wrong key",
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n",
      "protocol",
    ],
    ["bytes that are not HTTP", "SSH-2.0-OpenSSH\r\n", "protocol"],
    ["a hang-up", null, "refused"],
  ])("fails at %s, and leaves no socket", async (_name, answer, kind) => {
    await using served = await raw(answer);
    await expect(connect(served.url)).rejects.toMatchObject({ kind });
    await Promise.all(served.sockets.map((socket) => (socket.closed ? undefined : once(socket, "close"))));
  });

  it("fails where nobody listens", async () => {
    const served = await raw(null);
    await served[Symbol.asyncDispose]();
    await expect(connect(served.url)).rejects.toMatchObject({ kind: "refused" });
  });

  it("fails for what is no WebSocket URL, and for what is no subprotocol", async () => {
    for (const href of ["ftp://127.0.0.1/", "ws://127.0.0.1/#part"])
      await expect(connect(new URL(href))).rejects.toMatchObject({ kind: "usage" });
    await expect(connect(new URL("ws://127.0.0.1/"), "a b")).rejects.toMatchObject({ kind: "usage" });
  });

  it("stops connecting when it is aborted, and leaves no socket", async () => {
    await using served = await raw("");
    const controller = new AbortController();
    const connecting = connect(served.url, null, controller.signal);
    while (served.sockets.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Failure("timeout", "too slow"));
    await expect(connecting).rejects.toMatchObject({ kind: "timeout" });
    const [socket] = served.sockets;
    if (socket?.closed === false) await once(socket, "close");
    await expect(connect(served.url, null, AbortSignal.abort())).rejects.toMatchObject({ kind: "aborted" });
    expect(served.sockets).toHaveLength(1);
  });

  it("tells why the peer ended it", async () => {
    await using served = await echoing();
    const connection = await connect(served.url);
    for (const socket of served.webSockets.clients) socket.close(1001, "going home");
    await connection.next();
    expect(connection.closed).toMatchObject([{ kind: "closed", message: expect.stringContaining("1001 going home") }]);
  });

  it.each([
    ["a reserved bit", "c100", 1002],
    ["a masked frame", "818000000000", 1002],
    ["text that is no UTF-8", "8101ff", 1007],
  ])("tells the peer what is wrong with %s", async (_name, hex, code) => {
    await using served = await echoing();
    const connected = once(served.webSockets, "connection");
    const connection = await connect(served.url);
    const [peer, { socket }] = await connected;
    const told = once(peer, "close");
    socket.write(Buffer.from(hex, "hex"));
    if (connection.closed.length === 0) await connection.next();
    expect(connection.closed).toMatchObject([{ kind: "protocol" }]);
    expect((await told)[0]).toBe(code);
    expect(() => connection.send("x")).toThrow(Failure);
    await connection[Symbol.asyncDispose]();
  });

  it.each(["end", "resetAndDestroy"] as const)("knows when the peer goes without a word (%s)", async (goes) => {
    await using served = await echoing();
    const connection = await connect(served.url);
    const closed = connection.next();
    served.sockets[0]?.[goes]();
    await closed;
    expect(connection.closed).toMatchObject([{ kind: "closed" }]);
    expect(() => connection.send("x")).toThrow(Failure);
    await connection[Symbol.asyncDispose]();
    expect(connection.closed).toHaveLength(1);
  });

  it("calls a broken frame an error of the protocol", async () => {
    await using served = await echoing();
    served.webSockets.on("connection", (_socket, request) => request.socket.write(Buffer.from([0xff, 0xff])));
    const connection = await connect(served.url);
    if (connection.closed.length === 0) await connection.next();
    expect(connection.closed).toMatchObject([{ kind: "protocol" }]);
  });

  it("does not wait long for a peer that does not answer its close", async () => {
    await using served = await echoing();
    const connected = once(served.webSockets, "connection");
    const connection = await connect(served.url);
    const [, request] = await connected;
    request.socket.pause();
    await connection[Symbol.asyncDispose]();
    expect(connection.closed).toMatchObject([{ kind: "closed" }]);
    request.socket.destroy();
  });
});
