import { once } from "node:events";
import net from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openSocket, WireCounter } from "./socket.ts";
import { type Loopback, loopback, unabortable } from "./testing/loopback.ts";

function serve(connection: (socket: net.Socket) => void, host?: string): Promise<Loopback> {
  return loopback(net.createServer(connection), host);
}

describe("openSocket", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("connects with Nagle's algorithm off", async () => {
    const setNoDelay = vi.spyOn(net.Socket.prototype, "setNoDelay");
    await using served = await serve(() => undefined);
    const socket = await openSocket(served.url, unabortable);
    expect(setNoDelay.mock.calls).toEqual([[true]]);
    expect(setNoDelay.mock.contexts).toEqual([socket]);
    socket.destroy();
  });

  it.each(["::1", "127.0.0.1"])("connects to %s", async (host) => {
    await using served = await serve((socket) => socket.end("hello"), host);
    const socket = await openSocket(served.url, unabortable);
    expect(String(await socket.toArray())).toBe("hello");
  });

  it.each(["127.0.0.1", "localhost"])("is refused where nobody listens on %s, and says where", async (host) => {
    const served = await serve(() => undefined);
    await served[Symbol.asyncDispose]();
    served.url.hostname = host;
    await expect(openSocket(served.url, unabortable)).rejects.toMatchObject({
      kind: "refused",
      message: expect.stringMatching(new RegExp(`127.0.0.1:${served.url.port}.*is the server running`)),
    });
  });

  it("is refused by a name that does not exist", async () => {
    await expect(openSocket(new URL("http://no-such-host.invalid"), unabortable)).rejects.toMatchObject({
      kind: "refused",
    });
  });

  it("finds out that a server does not speak TLS", async () => {
    await using served = await serve((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad\r\n\r\n")));
    const url = new URL(served.url.href.replace("http:", "https:"));
    await expect(openSocket(url, unabortable)).rejects.toMatchObject({ kind: "protocol" });
  });

  it("is refused when a TLS server hangs up instead of greeting", async () => {
    await using served = await serve((socket) => socket.once("data", () => socket.resetAndDestroy()));
    const url = new URL(served.url.href.replace("http:", "https:"));
    await expect(openSocket(url, unabortable)).rejects.toMatchObject({ kind: "refused" });
  });

  it("ends with the caller's reason, before and while it connects, and leaves no socket", async () => {
    await using served = await serve(() => undefined);
    await expect(openSocket(served.url, AbortSignal.abort())).rejects.toMatchObject({ kind: "aborted" });
    // A TLS handshake that nobody answers is a connection that never opens.
    const gone = new Promise((resolve) => served.server.once("connection", (socket) => socket.once("close", resolve)));
    const controller = new AbortController();
    served.server.once("connection", (socket) => socket.once("data", () => controller.abort()));
    const opening = openSocket(new URL(served.url.href.replace("http:", "https:")), controller.signal);
    await expect(opening).rejects.toMatchObject({ kind: "aborted" });
    await gone;
  });

  it("gives a socket that survives a reset while nobody uses it", async () => {
    await using served = await serve((socket) => socket.once("data", () => socket.resetAndDestroy()));
    const socket = await openSocket(served.url, unabortable);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write("now");
    await closed;
    expect(socket.destroyed).toBe(true);
  });
});

describe("WireCounter", () => {
  it("adds up open and closed sockets, each once", async () => {
    await using served = await serve((socket) => socket.once("data", () => socket.end("four")));
    const counter = new WireCounter();
    for (const text of ["a", "bcd"]) {
      const socket = await openSocket(served.url, unabortable);
      counter.add(socket);
      counter.add(socket);
      socket.write(text);
      await once(socket.resume(), "close");
    }
    expect(counter).toMatchObject({ sentBytes: 4, receivedBytes: 8 });
    const open = await openSocket(served.url, unabortable);
    counter.add(open);
    open.write("12345");
    const [data] = await once(open, "data");
    expect(String(data)).toBe("four");
    expect(counter).toMatchObject({ sentBytes: 9, receivedBytes: 12 });
    open.destroy();
  });
});
