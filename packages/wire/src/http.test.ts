import { once } from "node:events";
import type net from "node:net";
import { Failure } from "@apb/core/failure";
import { describe, expect, it } from "vitest";
import { connectHttp, type HttpRequest, readText } from "./http.ts";
import { echo, httpLoopback, post, unabortable, wholeReply } from "./testing/loopback.ts";

const clients = ["library", "wire"] as const;

describe.each(clients)("an HTTP connection of the %s client", (client) => {
  const { httpServer } = httpLoopback(client);

  it("gives method, path, headers and body, and gets status, headers and body", async () => {
    await using line = await httpServer((request, response) => {
      response.writeHead(418, { "X-Method": `${request.method} ${request.url}`, "X-Two": ["a", "b"] });
      response.end(`${request.headers["x-name"]} 한🤖`);
    });
    const request: HttpRequest = { method: "GET", path: "/a?b=c", headers: { "x-name": "value" }, body: null };
    const reply = await line.connection.request(request, unabortable);
    expect(reply).toMatchObject({
      status: 418,
      headers: { "x-method": "GET /a?b=c", "x-two": "a, b" },
      body: "value 한🤖",
    });
  });

  it("says how long a body is, but nothing of a body that is not there", async () => {
    await using line = await httpServer((request, response) => {
      const { "content-length": length, "transfer-encoding": coding, host } = request.headers;
      response.end(JSON.stringify([request.method, length, coding, host]));
    });
    const said: unknown[] = [];
    for (const [method, body] of [
      ["GET", null],
      ["DELETE", null],
      ["POST", null],
      ["POST", ""],
      ["POST", "한🤖"],
      ["DELETE", "x"],
    ] as const) {
      const reply = await line.connection.request({ method, path: "/", headers: {}, body }, unabortable);
      said.push(JSON.parse(reply.body));
    }
    const { host } = line.url;
    expect(said).toEqual([
      ["GET", null, null, host],
      ["DELETE", null, null, host],
      ["POST", "0", null, host],
      ["POST", "0", null, host],
      ["POST", "7", null, host],
      ["DELETE", "1", null, host],
    ]);
  });

  it("carries bodies of any size and any characters", async () => {
    await using line = await httpServer(echo);
    for (const size of [1, 16_383, 16_384, 16_385, 65_536, 300_000]) {
      for (const character of ["a", "é", "한", "🤖"]) {
        const body = character.repeat(size / character.length);
        expect((await line.connection.request(post(body), unabortable)).body).toBe(body);
      }
    }
    expect(line.sockets).toHaveLength(1);
  });

  it("sends what each request asks for, with the same headers and with others", async () => {
    await using line = await httpServer((request, response) => response.end(`${request.url} ${request.headers.n}`));
    const constant = { n: "constant" };
    const said: string[] = [];
    for (const [path, headers] of [
      ["/a", constant],
      ["/a", constant],
      ["/b", constant],
      ["/b", { n: "1" }],
      ["/b", { n: "2" }],
      ["/a", constant],
    ] as const) {
      const reply = await line.connection.request({ method: "GET", path, headers, body: null }, unabortable);
      said.push(reply.body);
    }
    expect(said).toEqual(["/a constant", "/a constant", "/b constant", "/b 1", "/b 2", "/a constant"]);
  });

  it.each([
    ["a path with a blank", { path: "/a b" }],
    ["a path with a line end", { path: "/a\r\nX: y" }],
    ["a header with a line end", { headers: { x: "a\r\nY: b" } }],
    ["a name of a header with a colon", { headers: { "x:y": "z" } }],
    ["a coding of its own", { headers: { "transfer-encoding": "chunked" } }],
  ])("sends nothing of a request with %s, and the next one works", async (_name, wrong) => {
    await using line = await httpServer(echo);
    const request = line.connection.request({ ...post("x"), ...wrong }, unabortable);
    await expect(request).rejects.toMatchObject({ kind: "internal" });
    expect(line.connection.wire.sentBytes).toBe(0);
    expect((await line.connection.request(post("well"), unabortable)).body).toBe("well");
  });

  it("drops the mark of the byte order, as every decoder of the web does", async () => {
    await using line = await httpServer(echo);
    expect((await line.connection.request(post("\ufeffa\ufeff"), unabortable)).body).toBe("a\ufeff");
  });

  it("keeps one connection for requests one after the other and all at once", async () => {
    await using line = await httpServer(echo);
    for (const n of [1, 2, 3]) expect((await line.connection.request(post(`${n}`), unabortable)).body).toBe(`${n}`);
    const bodies = Array.from({ length: 20 }, (_, n) => `at once ${n}`);
    const replies = await Promise.all(
      bodies.map((body) => line.connection.request(post(body), new AbortController().signal)),
    );
    expect(replies.map((reply) => reply.body)).toEqual(bodies);
    expect(line.sockets).toHaveLength(1);
  });

  it("never has two requests on the wire at once", async () => {
    let open = 0;
    let most = 0;
    await using line = await httpServer((request, response) => {
      most = Math.max(most, ++open);
      response.on("finish", () => open--);
      setImmediate(() => echo(request, response));
    });
    const get: HttpRequest = { method: "GET", path: "/", headers: {}, body: null };
    await Promise.all([1, 2, 3].map(() => line.connection.request(get, unabortable)));
    expect(most).toBe(1);
  });

  it("counts the bytes that the server counts", async () => {
    await using line = await httpServer(echo);
    for (const size of [0, 10, 100_000]) await line.connection.request(post("x".repeat(size)), unabortable);
    const [socket] = line.sockets;
    expect(line.connection.wire).toMatchObject({ sentBytes: socket?.bytesRead, receivedBytes: socket?.bytesWritten });
    expect(line.connection.wire.sentBytes).toBeGreaterThan(100_000);
  });

  it("counts over all connections when the server closes each", async () => {
    await using line = await httpServer((request, response) => {
      response.setHeader("connection", "close");
      echo(request, response);
    });
    for (const n of [1, 2, 3]) await line.connection.request(post(`${n}`), unabortable);
    await line.connection[Symbol.asyncDispose]();
    const sum = (key: "bytesRead" | "bytesWritten"): number =>
      line.sockets.reduce((all, socket) => all + socket[key], 0);
    expect(line.sockets).toHaveLength(3);
    expect(line.connection.wire).toMatchObject({ sentBytes: sum("bytesRead"), receivedBytes: sum("bytesWritten") });
  });

  it("puts chunks together, also when characters are cut", async () => {
    await using line = await httpServer((_request, response) => {
      for (const byte of Buffer.from("한🤖 done")) response.write(Buffer.of(byte));
      response.end();
    });
    expect((await line.connection.request(post(""), unabortable)).body).toBe("한🤖 done");
  });

  it("opens a new connection when the server has closed an idle one", async () => {
    await using line = await httpServer(echo);
    await line.connection.request(post("first"), unabortable);
    line.sockets[0]?.end();
    await once(line.sockets[0] as net.Socket, "close");
    expect((await line.connection.request(post("second"), unabortable)).body).toBe("second");
    expect(line.sockets).toHaveLength(2);
  });

  it("opens a new connection when the server has reset one that was never used", async () => {
    await using line = await httpServer(echo);
    if (line.sockets.length === 0) await once(line.server, "connection");
    line.sockets[0]?.resetAndDestroy();
    // The reset reaches the client before the answer on a connection opened after it.
    await using later = await connectHttp(line.url, client, unabortable);
    await later.request(post(""), unabortable);
    expect((await line.connection.request(post("after"), unabortable)).body).toBe("after");
  });

  it("is refused once the server is gone", async () => {
    await using line = await httpServer(echo);
    await line.connection.request(post(""), unabortable);
    const closed = new Promise((resolve) => line.server.close(resolve));
    line.sockets[0]?.destroy();
    await closed;
    const failures = await Promise.all(
      [1, 2].map(() => line.connection.request(post(""), unabortable).catch((error: Failure) => error.kind)),
    );
    expect(failures).toContain("refused");
    expect(failures.filter((kind) => kind !== "refused" && kind !== "closed")).toEqual([]);
  });
});

describe.each(clients)("streams of the %s client", (client) => {
  const { answering, httpServer } = httpLoopback(client);
  const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

  it("gives a body as it comes", async () => {
    await using line = await answering((socket) => socket.write(`${head}3\r\none\r\n`));
    const { status, chunks } = await line.connection.stream(post(""), unabortable);
    const got: string[] = [];
    for await (const chunk of chunks) {
      got.push(String(chunk));
      line.sockets[0]?.write(got.length === 1 ? "3\r\ntwo\r\n" : "0\r\n\r\n");
    }
    expect({ status, got }).toEqual({ status: 200, got: ["one", "two"] });
    expect(line.sockets).toHaveLength(1);
  });

  it("holds the server up while its reader does", async () => {
    const size = 64 * 1024 * 1024;
    await using line = await httpServer((request, response) =>
      response.end(request.url === "/large" ? Buffer.alloc(size) : "well"),
    );
    const { chunks } = await line.connection.stream(post("", "/large"), unabortable);
    let read = 0;
    for await (const chunk of chunks) {
      // Long enough for a client that does not wait to have read much more.
      if (read === 0) for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (read === 0) expect(line.connection.wire.receivedBytes).toBeLessThan(size / 2);
      read += chunk.length;
    }
    expect(read).toBe(size);
    expect((await line.connection.request(post(""), unabortable)).body).toBe("well");
    expect(line.sockets).toHaveLength(1);
  });

  it("can be aborted while it holds the server up, and the next request works", async () => {
    await using line = await httpServer((request, response) =>
      response.end(request.url === "/large" ? Buffer.alloc(64 * 1024 * 1024) : "well"),
    );
    const controller = new AbortController();
    const { chunks } = await line.connection.stream(post("", "/large"), controller.signal);
    const reader = chunks[Symbol.asyncIterator]();
    await reader.next();
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Failure("timeout", "too slow"));
    const rest = async (): Promise<void> => {
      while ((await reader.next()).done !== true);
    };
    await expect(rest()).rejects.toMatchObject({ kind: "timeout" });
    expect((await line.connection.request(post(""), unabortable)).body).toBe("well");
  });

  it("lets the next request begin when all of it has come, though its reader has not taken it", async () => {
    await using line = await httpServer(echo);
    const stream = await line.connection.stream(post("first"), unabortable);
    expect((await line.connection.request(post("second"), unabortable)).body).toBe("second");
    expect(await readText(stream)).toBe("first");
    expect(line.sockets).toHaveLength(1);
  });

  it("hangs up when its reader leaves, and the next request works", async () => {
    await using line = await answering((socket, request) =>
      socket.write(request === 0 ? `${head}3\r\none\r\n` : wholeReply("well")),
    );
    const { chunks } = await line.connection.stream(post(""), unabortable);
    for await (const _ of chunks) break;
    const left = line.sockets[0] as net.Socket;
    if (!left.destroyed) await once(left, "close");
    expect((await line.connection.request(post(""), unabortable)).body).toBe("well");
  });

  it("ends with the caller's reason when it is aborted, and the next request works", async () => {
    await using line = await answering((socket, request) =>
      socket.write(request === 0 ? `${head}3\r\none\r\n` : wholeReply("well")),
    );
    const controller = new AbortController();
    const reason = new Failure("timeout", "no chunk within 5 ms");
    const { chunks } = await line.connection.stream(post(""), controller.signal);
    const reading = (async () => {
      for await (const _ of chunks) controller.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
    expect((await line.connection.request(post(""), unabortable)).body).toBe("well");
  });

  it("fails when the server hangs up in the middle", async () => {
    await using line = await answering((socket) => socket.end(`${head}3\r\none\r\n`));
    const stream = await line.connection.stream(post(""), unabortable);
    await expect(readText(stream)).rejects.toMatchObject({ kind: "closed" });
  });

  it("waits for its turn behind a request", async () => {
    await using line = await httpServer(echo);
    const [reply, stream] = await Promise.all([
      line.connection.request(post("first"), unabortable),
      line.connection.stream(post("second"), unabortable),
    ]);
    expect([reply.body, await readText(stream)]).toEqual(["first", "second"]);
  });
});

describe.each(clients)("closing the %s client", (client) => {
  const { answering, httpServer } = httpLoopback(client);

  it("ends the socket, also one that was never used", async () => {
    for (const used of [true, false]) {
      await using line = await httpServer(echo);
      if (line.sockets.length === 0) await once(line.server, "connection");
      if (used) await line.connection.request(post(""), unabortable);
      const closed = once(line.sockets[0] as net.Socket, "close");
      await line.connection[Symbol.asyncDispose]();
      await closed;
    }
  });

  it("fails requests and streams that are under way, and those that come after", async () => {
    await using line = await answering((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    });
    const stream = await line.connection.stream(post(""), unabortable);
    const behind = line.connection.request(post(""), unabortable);
    const outcomes = Promise.allSettled([readText(stream), behind]);
    await line.connection[Symbol.asyncDispose]();
    const after = line.connection.request(post(""), unabortable);
    const closed = { status: "rejected", reason: { kind: "closed" } };
    expect(await outcomes).toMatchObject([closed, closed]);
    await expect(after).rejects.toMatchObject({ kind: "closed" });
    await line.connection[Symbol.asyncDispose]();
  });
});
