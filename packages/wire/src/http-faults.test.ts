import { once } from "node:events";
import type net from "node:net";
import { Failure } from "@apb/core/failure";
import { describe, expect, it } from "vitest";
import type { HttpReply } from "./http.ts";
import { echo, httpLoopback, post, unabortable, wholeReply } from "./testing/loopback.ts";

const clients = ["library", "wire"] as const;

describe.each(clients)("answers to the %s client that are not whole HTTP", (client) => {
  const { answering } = httpLoopback(client);

  it.each([
    ["a reset before the reply", "closed", (socket: net.Socket) => socket.resetAndDestroy()],
    ["an end before the reply", "closed", (socket: net.Socket) => socket.end()],
    ["an end in the head", "closed", (socket: net.Socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Le")],
    [
      "a reset in the body",
      "closed",
      (socket: net.Socket) =>
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", () => socket.resetAndDestroy()),
    ],
    [
      "a body shorter than its length",
      "closed",
      (socket: net.Socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
    ],
    [
      "a chunked body without its end",
      "closed",
      (socket: net.Socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"),
    ],
    [
      "a chunk of no size",
      "protocol",
      (socket: net.Socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ],
    [
      "two lengths",
      "protocol",
      (socket: net.Socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    ],
    [
      "an endless head",
      "protocol",
      (socket: net.Socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}`),
    ],
    ["SSH", "protocol", (socket: net.Socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n")],
    ["an HTTP/2 preface", "protocol", (socket: net.Socket) => socket.write(Buffer.from("000000040000000000", "hex"))],
  ] as const)("fails with %s as %s, and the next request works", async (_, kind, answer) => {
    await using line = await answering((socket, request) => {
      if (request === 0) answer(socket);
      else socket.write(wholeReply("well"));
    });
    await expect(line.connection.request(post(""), unabortable)).rejects.toMatchObject({ kind });
    expect((await line.connection.request(post(""), unabortable)).body).toBe("well");
  });

  // undici overlooks what nobody asked for; a client that measures does not.
  it("takes no more of a body than its length, and the next request works", async () => {
    await using line = await answering((socket, request) =>
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n${request === 0 ? "more than that" : "well"}`),
    );
    const first = await bodyOrKind(line.connection.request(post(""), unabortable));
    expect(first).toBe({ library: "more", wire: "protocol" }[client]);
    expect((await line.connection.request(post(""), unabortable)).body).toBe("well");
  });

  it("takes nothing that comes between two requests for an answer, and the request after that works", async () => {
    await using line = await answering((socket) => socket.write(wholeReply("well")));
    await line.connection.request(post(""), unabortable);
    const { receivedBytes } = line.connection.wire;
    line.sockets[0]?.write(wholeReply("stray"));
    while (line.connection.wire.receivedBytes === receivedBytes) await new Promise((resolve) => setImmediate(resolve));
    const next = await bodyOrKind(line.connection.request(post(""), unabortable));
    expect(next).toBe({ library: "well", wire: "protocol" }[client]);
    expect((await line.connection.request(post(""), unabortable)).body).toBe("well");
  });
});

function bodyOrKind(reply: Promise<HttpReply>): Promise<string> {
  return reply.then(
    ({ body }) => body,
    ({ kind }: Failure) => kind,
  );
}

describe.each(clients)("aborting the %s client", (client) => {
  const { answering, httpServer } = httpLoopback(client);

  it("ends a request that waits for its reply with the caller's reason, and the next one works", async () => {
    const controller = new AbortController();
    const reason = new Failure("timeout", "no answer within 5 ms");
    await using line = await answering((socket, request) => {
      if (request === 0) controller.abort(reason);
      else socket.write(wholeReply("well"));
    });
    const gone = once(line.server, "connection").then(([socket]) => once(socket, "close"));
    await expect(line.connection.request(post(""), controller.signal)).rejects.toBe(reason);
    expect((await line.connection.request(post(""), unabortable)).body).toBe("well");
    if (line.sockets[0]?.destroyed === false) await gone;
  });

  it("ends a request in the middle of its body", async () => {
    const controller = new AbortController();
    await using line = await answering((socket) =>
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", () => controller.abort()),
    );
    await expect(line.connection.request(post(""), controller.signal)).rejects.toMatchObject({ kind: "aborted" });
  });

  it("leaves the requests behind it alone", async () => {
    const controller = new AbortController();
    await using line = await answering((socket, request) => {
      if (request === 0) controller.abort();
      else socket.write(wholeReply("well"));
    });
    const first = line.connection.request(post("", "/first"), controller.signal);
    const behind = [1, 2].map(() => line.connection.request(post("", "/behind"), unabortable));
    await expect(first).rejects.toMatchObject({ kind: "aborted" });
    expect((await Promise.all(behind)).map((reply) => reply.body)).toEqual(["well", "well"]);
  });

  it("ends a request that is still behind another, and sends nothing of it", async () => {
    const seen: string[] = [];
    const controller = new AbortController();
    await using line = await httpServer((request, response) => {
      seen.push(request.url ?? "");
      controller.abort();
      setImmediate(() => response.end());
    });
    const first = line.connection.request(post("", "/first"), unabortable);
    const second = line.connection.request(post("", "/second"), controller.signal);
    await expect(second).rejects.toMatchObject({ kind: "aborted" });
    await first;
    await line.connection.request(post("", "/third"), unabortable);
    expect(seen).toEqual(["/first", "/third"]);
  });

  it("sends nothing when it was aborted before", async () => {
    await using line = await httpServer(echo);
    await expect(line.connection.request(post(""), AbortSignal.abort())).rejects.toMatchObject({ kind: "aborted" });
    await expect(line.connection.stream(post(""), AbortSignal.abort())).rejects.toMatchObject({ kind: "aborted" });
    expect(line.connection.wire.sentBytes).toBe(0);
  });
});
