import type { Failure } from "@apb/core/failure";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ReliableDelivery } from "./reliable-delivery.ts";

const timers = { timeout: 100, maxRetries: 2 };

function delivery(): {
  readonly side: ReliableDelivery<string, string>;
  readonly posted: string[];
  readonly delivered: string[];
  readonly failures: Failure[];
} {
  const [posted, delivered, failures]: [string[], string[], Failure[]] = [[], [], []];
  const side = new ReliableDelivery<string, string>(
    {
      post: (type, id, message) => posted.push([type, id, message].filter((part) => part !== null).join(" ")),
      deliver: (message) => delivered.push(message),
      sizeOf: ({ length }) => length,
      fail: (failure) => failures.push(failure),
    },
    timers,
    1000,
  );
  return { side, posted, delivered, failures };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a reliable sender", () => {
  it("numbers messages from 1 and sends an acknowledged one once", () => {
    const { side, posted } = delivery();
    side.send("a");
    side.send("b");
    side.acknowledged(1);
    side.acknowledged(2);
    vi.advanceTimersByTime(1000);
    expect(posted).toEqual(["MSG 1 a", "MSG 2 b"]);
  });

  it("sends again what is not acknowledged, and gives up after its last try", () => {
    const { side, posted, failures } = delivery();
    side.send("a");
    vi.advanceTimersByTime(300);
    expect(posted).toEqual(["MSG 1 a", "MSG 1 a", "MSG 1 a"]);
    expect(failures).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(failures).toMatchObject([{ kind: "timeout" }]);
  });

  it("sends again what the other end asks for", () => {
    const { side, posted } = delivery();
    side.send("a");
    side.sendAgain(1);
    expect(posted).toEqual(["MSG 1 a", "RTX_REPLY 1 a"]);
  });

  it("fails when it is asked for what was acknowledged", () => {
    const { side, failures } = delivery();
    side.send("a");
    side.acknowledged(1);
    side.sendAgain(1);
    expect(failures).toMatchObject([{ kind: "protocol" }]);
  });

  it("does nothing any more once stopped", () => {
    const { side, posted } = delivery();
    side.send("a");
    side.stop();
    vi.advanceTimersByTime(1000);
    expect(posted).toEqual(["MSG 1 a"]);
  });
});

describe("a reliable receiver", () => {
  it("acknowledges every message and passes each on once", () => {
    const { side, posted, delivered } = delivery();
    for (const id of [1, 1, 2]) side.take({ id, message: `m${id}` }, false);
    expect(posted).toEqual(["MSG_ACK 1", "MSG_ACK 1", "MSG_ACK 2"]);
    expect(delivered).toEqual(["m1", "m2"]);
  });

  it("fails when a number is none of the sequence, and asks for nothing", () => {
    const { side, posted, failures } = delivery();
    side.take({ id: 2 ** 31, message: "far" }, false);
    expect(posted).toEqual([`MSG_ACK ${2 ** 31}`]);
    expect(failures).toMatchObject([{ kind: "protocol" }]);
  });

  it("fails when more comes before one that is missing than may be kept", () => {
    const { side, delivered, failures } = delivery();
    for (const id of [2, 3, 3, 3]) side.take({ id, message: "x".repeat(400) }, false);
    expect(failures).toEqual([]);
    side.take({ id: 1, message: "x".repeat(400) }, true);
    expect(delivered).toHaveLength(3);
    for (const id of [5, 6]) side.take({ id, message: "x".repeat(400) }, false);
    expect(failures).toEqual([]);
    side.take({ id: 7, message: "x".repeat(201) }, false);
    expect(failures).toMatchObject([
      { kind: "protocol", sentence: "expected a reply of at most 1000 bytes, got more" },
    ]);
  });

  it("asks once for what is missing, again when it does not come, and keeps the order", () => {
    const { side, posted, delivered } = delivery();
    for (const id of [1, 4, 3]) side.take({ id, message: `m${id}` }, false);
    expect(posted.filter((what) => what.startsWith("RTX"))).toEqual(["RTX_REQUEST 2", "RTX_REQUEST 3"]);
    expect(delivered).toEqual(["m1"]);
    posted.length = 0;
    vi.advanceTimersByTime(200);
    expect(posted).toEqual(["RTX_REQUEST 2"]);
    side.take({ id: 2, message: "m2" }, true);
    expect(posted).toEqual(["RTX_REQUEST 2"]);
    expect(delivered).toEqual(["m1", "m2", "m3", "m4"]);
    vi.advanceTimersByTime(1000);
    expect(posted).toEqual(["RTX_REQUEST 2"]);
  });

  it("fails when what is missing is gone", () => {
    const { side, failures } = delivery();
    side.take({ id: 2, message: "m2" }, false);
    side.lost(1);
    expect(failures).toMatchObject([{ kind: "protocol" }]);
  });
});
