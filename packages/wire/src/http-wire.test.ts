import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { connectHttp } from "./http.ts";
import { echo, httpLoopback, post } from "./testing/loopback.ts";

const { httpServer } = httpLoopback("wire");

it("listens to the signals of calls that are under way and to the last, and to none once it is closed", async () => {
  await using line = await httpServer(echo);
  const signals = Array.from({ length: 5 }, () => new AbortController().signal);
  const listeners = (): number[] => signals.map((signal) => getEventListeners(signal, "abort").length);
  const calls = [0, 1, 2, 1, 3].map((n) => line.connection.request(post(`${n}`), signals[n] as AbortSignal));
  expect(listeners()).toEqual([1, 1, 1, 1, 0]);
  await Promise.all(calls);
  expect(listeners()).toEqual([0, 0, 0, 1, 0]);
  await line.connection.request(post(""), signals[4] as AbortSignal);
  expect(listeners()).toEqual([0, 0, 0, 0, 1]);
  const behind = [4, 0, 1].map((n) => line.connection.request(post(""), signals[n] as AbortSignal));
  const outcomes = Promise.allSettled(behind);
  await line.connection[Symbol.asyncDispose]();
  expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(listeners()).toEqual([0, 0, 0, 0, 0]);
});

it("forgets a call that is aborted behind another, and one that was waiting for a connection", async () => {
  await using line = await httpServer((request, response) => {
    response.setHeader("connection", "close");
    echo(request, response);
  });
  const [a, b] = [new AbortController(), new AbortController()];
  const first = line.connection.request(post("first"), new AbortController().signal);
  const gone = Promise.allSettled([a, a, b].map(({ signal }) => line.connection.request(post("gone"), signal)));
  const last = line.connection.request(post("last"), new AbortController().signal);
  a.abort();
  await first;
  // The server has closed: a new connection is being opened for what is left.
  b.abort();
  const aborted = { status: "rejected", reason: { kind: "aborted" } };
  expect(await gone).toMatchObject([aborted, aborted, aborted]);
  expect((await last).body).toBe("last");
  expect(line.sockets).toHaveLength(2);
});

it("connects to a name with several addresses", async () => {
  await using line = await httpServer(echo);
  line.url.hostname = "localhost";
  const { signal } = new AbortController();
  await using connection = await connectHttp(line.url, "wire", signal);
  for (const n of [1, 2]) expect((await connection.request(post(`${n}`), signal)).body).toBe(`${n}`);
});
