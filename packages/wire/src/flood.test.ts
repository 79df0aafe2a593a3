import http from "node:http";
import type { ClientKind } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { connectGrpc } from "./grpc.ts";
import { frameFlag, frameType } from "./h2-frames.ts";
import { waitingBytes } from "./limits.ts";
import { answer, frame, type Peer, peerOf } from "./testing/h2-peer.ts";
import { deafHttp2, deafWebSocket, flood, mostFloodBytes, webSocketFrame } from "./testing/hostile.ts";
import { loopback, unabortable } from "./testing/loopback.ts";
import { connectWebSocket, type WebSocketConnection } from "./websocket.ts";

const clients = ["library", "wire"] as const;
const none = Buffer.alloc(0);
const path = "/test.Test/Test";
const left = { kind: "protocol", sentence: expect.stringMatching(/^expected a server that reads our answers/) };
const pings = 3000;

interface WebSocketTo {
  readonly connection: WebSocketConnection;
  /** Why it has ended, once it has. */
  readonly closed: Promise<Failure>;
}

async function webSocketTo(url: URL, client: ClientKind, heard: (message: string) => void): Promise<WebSocketTo> {
  let close = (_: Failure): void => undefined;
  const closed = new Promise<Failure>((resolve) => {
    close = resolve;
  });
  const message = (data: string | Uint8Array): void => heard(String(data));
  const events = { message, closed: (why: Failure) => close(why) };
  return { connection: await connectWebSocket(url, null, events, client, unabortable), closed };
}

describe.each(clients)("a server that asks and does not read what the %s client answers", (client) => {
  it.each([
    ["PING", frame(frameType.ping, 0, 0, "12345678")],
    ["SETTINGS", frame(frameType.settings, 0, 0, "")],
  ])("is left with %s, long before it is done", async (_name, piece) => {
    await using served = await deafHttp2(piece);
    await using connection = await connectGrpc(served.url, client, unabortable);
    await expect(connection.ask(path, none, {}, unabortable, String)).rejects.toMatchObject(left);
    expect(connection.wire.receivedBytes).toBeLessThan(mostFloodBytes / 2);
  });

  it("is left with pings of WebSocket, long before it is done", async () => {
    await using served = await deafWebSocket((socket) => flood(socket, webSocketFrame(0x89, Buffer.alloc(100))));
    const { connection, closed } = await webSocketTo(served.url, client, () => undefined);
    expect(await closed).toMatchObject(left);
    expect(connection.wire.receivedBytes).toBeLessThan(mostFloodBytes / 2);
  });
});

describe.each(clients)("a server that reads what the %s client answers", (client) => {
  it("may ask as often as it will by PING and SETTINGS", async () => {
    let begun: (peer: Peer) => void = () => undefined;
    const asked = new Promise<Peer>((resolve) => {
      begun = resolve;
    });
    await using served = await peerOf((_id, peer) => begun(peer));
    await using connection = await connectGrpc(served.url, client, unabortable);
    const call = connection.ask(path, none, {}, unabortable, (reply) => Buffer.from(reply).toString());
    const peer = await asked;
    for (let n = 0; n < pings; n++) {
      const name = String(n).padStart(8);
      peer.socket.write(frame(frameType.ping, 0, 0, name));
      peer.socket.write(frame(frameType.settings, 0, 0, ""));
      if ((n + 1) % 300 === 0)
        await peer.frame(({ type, flags, payload }) => isPingAck(type, flags) && payload.toString() === name);
    }
    const { id } = await peer.frame(({ type }) => type === frameType.headers);
    peer.socket.write(answer(id, "well"));
    expect(await call).toBe("well");
    expect(peer.seen.filter(({ type, flags }) => isPingAck(type, flags))).toHaveLength(pings);
  });

  it("may ask as often as it will by pings of WebSocket", async () => {
    const server = http.createServer();
    let pongs = 0;
    new WebSocketServer({ server }).on("connection", (socket) => {
      socket.on("pong", () => {
        if (++pongs === pings) socket.send("well");
      });
      for (let n = 0; n < pings; n++) socket.ping("ping");
    });
    await using served = await loopback(server);
    const said = new Promise<string>((resolve, reject) => {
      webSocketTo(served.url, client, resolve).then(({ closed }) => closed.then(reject), reject);
    });
    expect(await said).toBe("well");
  });
});

function isPingAck(type: number, flags: number): boolean {
  return type === frameType.ping && (flags & frameFlag.ack) !== 0;
}

describe("answers that wait", () => {
  it("are forgotten once all is written", () => {
    expect(waitingBytes(1_000_000, 10, 0)).toBe(0);
  });

  it("are as many as 1 MiB holds, each with what Node takes for it", () => {
    let waiting = 0;
    let answers = 0;
    const fill = (): void => {
      for (;;) {
        waiting = waitingBytes(waiting, 9, 1);
        answers++;
      }
    };
    expect(fill).toThrow(Failure);
    expect(answers).toBe(Math.floor(1_048_576 / 1033));
    expect(() => waitingBytes(0, 2_000_000, 1)).toThrow(Failure);
  });
});
