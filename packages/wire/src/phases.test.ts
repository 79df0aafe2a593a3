import { createServer } from "node:http2";
import type { Phases } from "@apb/core/phases";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connectGrpc } from "./grpc.ts";
import { observePhases } from "./phases.ts";
import { echo, httpLoopback, loopback, post, unabortable } from "./testing/loopback.ts";

/** A clock that every look at it moves on. */
let ticks: number;
let told: Phases[];
beforeEach(() => {
  ticks = 0;
  told = [];
  observePhases({ now: () => ++ticks, told: (phases) => void told.push(phases) });
});
afterEach(() => observePhases(null));

it("tells how long a call was blocked by the one before it, waited, and was received", async () => {
  await using line = await httpLoopback("wire").httpServer(echo);
  await Promise.all([line.connection.request(post("a"), unabortable), line.connection.request(post("b"), unabortable)]);
  const [first, second, ...others] = told;
  expect(others).toEqual([]);
  expect(first?.blocked).toBe(1);
  expect(second?.blocked).toBeGreaterThan(1);
  for (const { waiting, receiving } of told) {
    expect(waiting).toBeGreaterThan(0);
    expect(receiving).toBeGreaterThanOrEqual(0);
  }
});

it("tells of a stream once, at its end", async () => {
  await using line = await httpLoopback("wire").httpServer(echo);
  const stream = await line.connection.stream(post("x".repeat(1_000_000)), unabortable);
  for await (const _ of stream.chunks);
  expect(told).toHaveLength(1);
  expect(told[0]?.receiving).toBeGreaterThan(0);
});

it("knows no call of gRPC that is blocked: they share the connection", async () => {
  const server = createServer().on("stream", (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.pipe(stream);
  });
  await using served = await loopback(server);
  await using connection = await connectGrpc(served.url, "wire", unabortable);
  await connection.ask("/a.B/C", Buffer.from("a"), {}, unabortable, Buffer.copyBytesFrom);
  expect(told).toHaveLength(1);
  expect(told[0]?.blocked).toBeNaN();
  expect(told[0]?.waiting).toBeGreaterThan(0);
});

it("reads no clock while nobody is told, and says nothing of what was begun before", async () => {
  observePhases(null);
  await using line = await httpLoopback("wire").httpServer((request, response) => {
    observePhases({ now: () => ++ticks, told: (phases) => void told.push(phases) });
    echo(request, response);
  });
  await line.connection.request(post("a"), unabortable);
  expect(told).toEqual([]);
});
