import net from "node:net";
import { expect, it } from "vitest";
import { Outbox } from "./h2-outbox.ts";
import { openSocket } from "./socket.ts";
import { loopback, unabortable } from "./testing/loopback.ts";

it("sends what many connections begin in one tick, in order, without a buffer for each of them", async () => {
  const received = new Map<net.Socket, string>();
  let bytes = 0;
  let wake = (): void => undefined;
  await using served = await loopback(
    net.createServer((socket) => {
      socket.setEncoding("latin1").on("data", (text: string) => {
        received.set(socket, (received.get(socket) ?? "") + text);
        bytes += text.length;
        wake();
      });
    }),
  );
  const sockets = await Promise.all(Array.from({ length: 200 }, () => openSocket(served.url, unabortable)));
  const outboxes = sockets.map((socket) => {
    const outbox = new Outbox();
    outbox.attach(socket);
    return outbox;
  });
  const before = process.memoryUsage().arrayBuffers;
  for (const part of ["one", "two", "three"]) {
    for (const outbox of outboxes) {
      const at = outbox.reserve(part.length);
      outbox.bytes.write(part, at, "latin1");
    }
  }
  const grown = process.memoryUsage().arrayBuffers - before;
  expect(grown).toBeLessThan(40 * 65_536);
  while (bytes < 200 * 11)
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  expect([...received.values()]).toEqual(Array(200).fill("onetwothree"));
  for (const socket of sockets) socket.destroy();
});
