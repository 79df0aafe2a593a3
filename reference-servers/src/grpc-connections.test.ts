import { once } from "node:events";
import type { ClientHttp2Session, Http2Server } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { grpcLimits, grpcListener } from "./grpc-listener.ts";
import { framed, grpcHeaders, openSession, probe } from "./testing/grpc-probe.ts";
import { breaches, breakAndHangUp, open } from "./testing/hostile-http2.ts";

const methods = new Map([
  ["/test.Test/Echo", { kind: "unary", answer: (message: Buffer) => framed(message) } as const],
]);
const { lookMs } = grpcLimits;

let server: Http2Server;
let port: number;
/** The server's side of every connection, in the order they came. */
let accepted: Socket[];
let busy: ClientHttp2Session;
let idle: ClientHttp2Session;
let answered: number;

async function serve(limits: Partial<typeof grpcLimits> = {}): Promise<void> {
  accepted = [];
  answered = 0;
  server = grpcListener([{ methods }], { ...grpcLimits, ...limits });
  server.on("connection", (socket: Socket) => accepted.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
  busy = await openSession(`http://127.0.0.1:${port}`);
  idle = await openSession(`http://127.0.0.1:${port}`);
  await call(busy);
  await call(idle);
}

async function call(session: ClientHttp2Session): Promise<void> {
  const { grpcStatus } = await probe(session, grpcHeaders("/test.Test/Echo"), [framed("x")]);
  if (grpcStatus === 0) answered++;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

const alive = (): number => accepted.filter(({ destroyed }) => !destroyed).length;

/** Lets the server look once. The busy connection has a call meanwhile; the idle one, when asked, answers and does nothing else. */
async function look(asksIdle: boolean, everyMs = lookMs): Promise<void> {
  const [, idleSocket] = accepted;
  const before = idleSocket?.bytesRead ?? 0;
  vi.advanceTimersByTime(everyMs);
  await call(busy);
  if (asksIdle) await until(() => (idleSocket?.bytesRead ?? 0) > before);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
  busy.destroy();
  idle.destroy();
  for (const socket of accepted) socket.destroy();
  server.close();
});

describe("connections that break HTTP/2", () => {
  it.each(Object.keys(breaches))("are gone at the third look when it was by %s and they hung up", async (name) => {
    await serve();
    const flood = breakAndHangUp(port, breaches[name] ?? "", 200);
    let over = false;
    void flood.then(() => {
      over = true;
    });
    for (let calls = 0; !over || calls < 20; calls++) await call(busy);
    await flood;
    const before = answered;
    for (const asksIdle of [false, true, false]) await look(asksIdle);
    await until(() => alive() === 2);
    await call(idle);
    expect([answered - before, accepted.length]).toEqual([4, 202]);
  });

  it.each(Object.keys(breaches))("are gone at the third look when it was by %s and they stay", async (name) => {
    await serve();
    const socket = await open(port, breaches[name]);
    const closed = once(socket, "close");
    if (name === "a GOAWAY of its own") await until(() => socket.readableEnded);
    for (const asksIdle of [false, true, false]) await look(asksIdle);
    await until(() => alive() === 2);
    socket.end();
    await closed;
  });
});

it("ends a connection whose peer answers no ping, and none whose peer does", async () => {
  await serve();
  const silent = await open(port);
  const closed = once(silent, "close");
  for (const asksIdle of [false, true, false, true, false, true]) await look(asksIdle);
  await until(() => alive() === 2);
  silent.end();
  await closed;
  await call(idle);
  expect([answered, alive()]).toEqual([9, 2]);
});

it("ends a connection that carries nothing but pings, in time", async () => {
  const times = { lookMs: 1000, idleMs: 4000 };
  await serve(times);
  const gone = once(idle, "close");
  for (const asksIdle of [false, true, false, true, false, true, false]) await look(asksIdle, times.lookMs);
  expect(alive()).toBe(2);
  await look(false, times.lookMs);
  await gone;
  expect([answered, alive()]).toEqual([10, 1]);
});

it("bounds the connections without a call, and ends the oldest of them", async () => {
  const mostWithoutCall = 20;
  await serve({ mostWithoutCall });
  const hostile: Socket[] = [];
  for (let n = 0; n < 200; n++) {
    hostile.push(await open(port));
    const honest = await openSession(`http://127.0.0.1:${port}`);
    await call(honest);
    await call(busy);
    honest.destroy();
  }
  await call(idle);
  await until(() => alive() <= 2 + mostWithoutCall);
  expect(answered).toBe(2 + 400 + 1);
  expect(hostile.slice(-mostWithoutCall + 1).map(({ readableEnded }) => readableEnded)).not.toContain(true);
  for (const socket of hostile) socket.destroy();
});
