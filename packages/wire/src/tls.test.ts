import type { ServerResponse } from "node:http";
import https from "node:https";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocketServer } from "ws";
import { connectHttp } from "./http.ts";
import { echo, loopback, post, unabortable } from "./testing/loopback.ts";
import { selfSigned, trust } from "./testing/loopback-tls.ts";
import { connectWebSocket } from "./websocket.ts";

const identity = selfSigned();

beforeEach(() => {
  trust(identity);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(["library", "wire"] as const)("the %s client over TLS", (client) => {
  it("exchanges requests and replies of any size, also on a new connection", async () => {
    await using served = await loopback(https.createServer(identity, echo));
    await using connection = await connectHttp(new URL(`https://${served.url.host}`), client, unabortable);
    for (const size of [0, 10, 20_000, 2_000_000]) {
      const { body } = await connection.request(post("é".repeat(size)), unabortable);
      expect(body === "é".repeat(size)).toBe(true);
    }
    expect(connection.wire.sentBytes).toBeGreaterThan(4_000_000);
    const controller = new AbortController();
    const { chunks } = await connection.stream(post("x".repeat(1_000_000)), controller.signal);
    for await (const _ of chunks) break;
    expect((await connection.request(post("after"), unabortable)).body).toBe("after");
    expect(served.sockets).toHaveLength(2);
  });

  it("tells when each chunk of a stream came, and its end", async () => {
    const answers: ServerResponse[] = [];
    await using served = await loopback(
      https.createServer(identity, (_, response) => {
        answers.push(response);
        response.write("a");
      }),
    );
    await using connection = await connectHttp(new URL(`https://${served.url.host}`), client, unabortable);
    const { chunks } = await connection.stream(post(""), unabortable);
    const times: number[] = [];
    // Each is sent when the one before has been read.
    for await (const chunk of chunks) {
      times.push(chunks.arrivedMs);
      if (String(chunk) === "a") answers[0]?.write("b");
      else answers[0]?.end();
    }
    times.push(chunks.arrivedMs);
    expect(times).toHaveLength(3);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  });

  it("is refused by a server it does not trust", async () => {
    await using served = await loopback(https.createServer(selfSigned()));
    const url = new URL(`https://${served.url.host}`);
    await expect(connectHttp(url, client, unabortable)).rejects.toMatchObject({ kind: "refused" });
    url.protocol = "wss:";
    const connecting = connectWebSocket(url, null, { message: vi.fn(), closed: vi.fn() }, client, unabortable);
    await expect(connecting).rejects.toMatchObject({ kind: "refused" });
  });

  it("exchanges messages on a WebSocket, however many at once", async () => {
    const server = https.createServer(identity);
    const webSockets = new WebSocketServer({ server, perMessageDeflate: false });
    webSockets.on("connection", (peer) => peer.on("message", (data) => peer.send(String(data))));
    await using served = await loopback(server);
    const url = new URL(`wss://${served.url.host}`);
    const sent = Array.from({ length: 200 }, (_, n) => `${n} `.repeat(n * 10));
    const got: unknown[] = [];
    let wake = (): void => undefined;
    const message = (data: unknown): void => {
      got.push(data);
      wake();
    };
    await using connection = await connectWebSocket(url, null, { message, closed: vi.fn() }, client, unabortable);
    for (const data of sent) connection.send(data);
    while (got.length < sent.length) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    expect(got).toEqual(sent);
  });
});
