import type { Binding } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { fakeBinding } from "@apb/core/testing/fakes";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { mergeConnected } from "./connected.ts";
import { bytesOf, openSessions } from "./sessions.ts";

const target = { binding: "fake/memory", url: "memory:", client: "wire", timeoutMs: 1000 } as const;

/** Opens the first connection, refuses the second, and so on. */
function halfRefusing(): Binding {
  const binding = fakeBinding();
  let asked = 0;
  return {
    ...binding,
    connect: async (url, options) => {
      if (++asked % 2 === 0) throw new Failure("refused", `connection ${asked} is one too many`);
      return binding.connect(url, options);
    },
  };
}

it("opens sessions, counts each and goes on where one fails", async () => {
  const { sessions, connected } = await openSessions(halfRefusing(), target, 5);
  expect(sessions.length).toBe(3);
  expect(connected).toMatchObject({
    ...{ asked: 5, held: 3, failures: { refused: 2 }, firstFailure: "[refused] connection 2 is one too many" },
    step: { response: { count: 3 }, failed: { count: 2 }, failures: { refused: 2 } },
  });
  const both = mergeConnected(connected, (await openSessions(halfRefusing(), target, 1)).connected);
  expect(both).toMatchObject({
    ...{ asked: 6, held: 4, failures: { refused: 2 }, firstFailure: "[refused] connection 2 is one too many" },
    step: { response: { count: 4 }, failed: { count: 2 } },
  });
});

it("lets the client know how large a reply may be", async () => {
  const known: (number | undefined)[] = [];
  const asking: Binding = {
    ...fakeBinding(),
    connect: (url, options) => {
      known.push(options.maxReplyBytes);
      return fakeBinding().connect(url, options);
    },
  };
  await openSessions(asking, { ...target, maxReplyBytes: 65_536 }, 1);
  await openSessions(asking, target, 1);
  expect(known).toEqual([65_536, undefined]);
});

it("opens none where none are asked for", async () => {
  const { sessions, connected } = await openSessions(fakeBinding(), target, 0);
  expect(sessions).toEqual([]);
  expect(connected).toMatchObject({
    asked: 0,
    held: 0,
    failures: {},
    firstFailure: null,
    step: { response: { count: 0 } },
  });
});

it("adds up what sessions have carried", async () => {
  const { sessions } = await openSessions(fakeBinding(), target, 2);
  const { signal } = new AbortController();
  for (const session of sessions) await session.call({ kind: "send", agent: "echo", body: "x" }, signal);
  const [one] = sessions;
  expect(bytesOf(sessions)).toEqual({
    sent: 2 * (one?.wire.sentBytes ?? 0),
    received: 2 * (one?.wire.receivedBytes ?? 0),
    connections: 2,
  });
  expect(one?.wire.sentBytes).toBeGreaterThan(0);
});

describe("a server that never lets a connection come about", () => {
  const silent: Binding = {
    ...fakeBinding(),
    connect: (_url, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
  };

  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it.each([
    ["the time-out", 1700, 1700],
    ["ten seconds at most", 60_000, 10_000],
  ])("is waited for no longer than %s, each time", async (_what, timeoutMs, longestMs) => {
    const message = (ms: number): string => `[timeout] expected a connection within ${ms} ms`;
    const opening = openSessions(silent, { ...target, timeoutMs }, 2);
    await vi.advanceTimersByTimeAsync(longestMs);
    await vi.advanceTimersByTimeAsync(longestMs);
    const { connected } = await opening;
    expect(connected).toMatchObject({ held: 0, failures: { timeout: 2 }, firstFailure: message(longestMs) });
    expect(vi.getTimerCount()).toBe(0);
  });
});
