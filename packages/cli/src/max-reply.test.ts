import net from "node:net";
import type { Binding, ClientKind } from "@apb/core/binding";
import { commandUrl } from "@apb/core/command-url";
import { asFailure } from "@apb/core/failure";
import { carriers } from "@apb/core/transport";
import { frameType } from "@apb/wire/h2-frames";
import { data, grpcHead, headers, message, peerOf } from "@apb/wire/testing/h2-peer";
import { deafWebSocket, endlessHttp, flood } from "@apb/wire/testing/hostile";
import { type Loopback, loopback, unabortable } from "@apb/wire/testing/loopback";
import { describe, expect, it } from "vitest";
import { bareBindings, bindings } from "./catalog.ts";

const clients: readonly ClientKind[] = ["library", "wire"];
const maxReplyBytes = 64 * 1024;
const tooLarge = "[protocol] expected a reply of at most 64 KiB, got more";
const piece = Buffer.alloc(4096, "x");

/** By what they are on: servers whose every reply, or message, says that it is larger: mostly 4 GiB. */
const servers: Readonly<
  Record<(typeof carriers)[keyof typeof carriers], () => Promise<Pick<Loopback, "url"> & AsyncDisposable>>
> = {
  "HTTP/1.1": () => endlessHttp("Content-Type: text/event-stream\r\nContent-Length: 4294967295", piece),
  gRPC: hugeGrpc,
  WebSocket: () =>
    deafWebSocket((socket) => {
      socket.write(Buffer.from([0x82, 127, 0, 0, 0, 0, 255, 255, 255, 255]));
      flood(socket, piece);
    }),
  stdio: async () => endless,
  TCP: () => loopback(net.createServer((socket) => flood(socket, Buffer.from([0, 2, 0, 0])))),
};

/** A process that says one line without an end. */
const endless = {
  url: new URL(commandUrl(["sh", "-c", "yes | tr -d '\\n'"])),
  [Symbol.asyncDispose]: async () => undefined,
};

async function hugeGrpc(): Promise<Loopback> {
  const served = await peerOf(() => undefined);
  served.server.on("connection", async (socket: net.Socket) => {
    const peer = served.peers.find((one) => one.socket === socket);
    const asked = await peer?.frame(({ type }) => type === frameType.headers);
    socket.write(headers(asked?.id ?? 0, "more", ...grpcHead));
    socket.write(data(asked?.id ?? 0, message("", 0, 0xffffffff)));
  });
  return served;
}

/** What becomes of one call, or of the handshake before it. */
async function outcome(binding: Binding, url: string, client: ClientKind): Promise<string> {
  try {
    await using session = await binding.connect(url, { client, signal: unabortable, maxReplyBytes });
    return `answered: ${JSON.stringify(await session.call({ kind: "send", agent: "echo", body: "x" }, unabortable))}`;
  } catch (error) {
    return asFailure(error).message;
  }
}

describe.each([...bindings, ...bareBindings])("$id", (binding) => {
  it.each(clients)("takes no reply larger than it may be, by the %s client", async (client) => {
    await using served = await servers[carriers[binding.transport]]();
    expect(await outcome(binding, served.url.href, client)).toBe(tooLarge);
  });
});

/** Those whose sessions begin without an answer, which this server cannot give. */
const streaming = bindings.filter(
  ({ transport, variant, can }) => carriers[transport] === "HTTP/1.1" && variant === null && can.has("stream"),
);
const sse = "Content-Type: text/event-stream\r\nConnection: close";

describe.each(streaming)("a stream of $id", (binding) => {
  it.each(clients)("has no event larger than it may be, by the %s client", async (client) => {
    for (const endless of [piece, Buffer.from("data: x\n"), Buffer.from(": \ndata:  \n")]) {
      await using served = await endlessHttp(sse, endless);
      await using session = await binding.connect(served.url.href, { client, signal: unabortable, maxReplyBytes });
      const all = async (): Promise<void> => {
        for await (const _ of session.stream({ kind: "stream", agent: "echo", body: "x" }, unabortable));
      };
      await expect(all()).rejects.toThrow(tooLarge);
      expect(session.wire.receivedBytes).toBeLessThan(1024 * 1024);
    }
  });
});
