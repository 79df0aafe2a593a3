import { expect, it } from "vitest";
import { StreamedReply } from "./http-exchange.ts";
import { ReadClock } from "./read-clock.ts";
import { unabortable } from "./testing/loopback.ts";

/** A connection that has read what it is told to, and a clock on which every look takes a millisecond. */
function reading() {
  const wire = { sentBytes: 0, receivedBytes: 0, connections: 1 };
  let ms = 0;
  return { wire, clock: new ReadClock(wire, () => ++ms) };
}

it("has one time for all that came in one read", () => {
  const { wire, clock } = reading();
  expect([clock.now(), clock.now()]).toEqual([1, 1]);
  wire.receivedBytes = 10;
  expect([clock.now(), clock.now(), clock.now()]).toEqual([2, 2, 2]);
  wire.receivedBytes = 11;
  expect(clock.now()).toBe(3);
});

it("stamps chunks and the end as they come, and not as they are taken", async () => {
  const { wire, clock } = reading();
  const unexpected = (): never => expect.unreachable();
  const request = { method: "GET", path: "/", headers: {}, body: null } as const;
  const reply = new StreamedReply(request, unabortable, 1000, clock, () => undefined, unexpected);
  const come = (text: string): void => reply.data(Buffer.from(text), 0, text.length);
  wire.receivedBytes = 3;
  for (const text of ["a", "b"]) come(text);
  wire.receivedBytes = 4;
  come("c");
  wire.receivedBytes = 5;
  reply.end();
  const taken: [string, number][] = [];
  expect(reply.arrivedMs).toBeNaN();
  for await (const chunk of reply) taken.push([String(chunk), reply.arrivedMs]);
  expect(taken).toEqual([
    ["a", 1],
    ["b", 1],
    ["c", 2],
  ]);
  expect(reply.arrivedMs).toBe(3);
});
