import type { Snapshot } from "@apb/core/snapshot";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Driving } from "./generator.ts";
import type { Server } from "./server.ts";
import { played, stopTime } from "./testing/playing.ts";
import { snapshotOf } from "./testing/snapshots.ts";
import { WatchedDrive } from "./watched-drive.ts";

beforeEach(stopTime);
afterEach(() => void vi.useRealTimers());

const never = (): Promise<never> => new Promise(() => undefined);

const server: Server = {
  ...{ url: "http://fake", pid: null, deviations: {}, calls: async () => null, ended: never() },
  [Symbol.asyncDispose]: async () => undefined,
};

function driving(stop: Driving["stop"], ...told: readonly Snapshot[]): Driving {
  async function* seconds(): AsyncIterable<Snapshot> {
    yield* told;
  }
  return { seconds: seconds(), closed: never(), stop };
}

describe("WatchedDrive", () => {
  it("gives seconds in order, then none", async () => {
    const drive = new WatchedDrive(driving(never, snapshotOf({ second: 0 }), snapshotOf({ second: 1 })), server);
    expect((await drive.next(10))?.second).toBe(0);
    expect((await drive.next(10))?.second).toBe(1);
    expect(await drive.next(10)).toBe(null);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stops once, and leaves no timer where nobody waits", async () => {
    const graces: number[] = [];
    const stop = async (graceMs: number): Promise<void> => void graces.push(graceMs);
    const drive = new WatchedDrive(driving(stop, snapshotOf({})), server);
    await drive.next(10);
    drive.stop();
    drive.stop();
    expect(graces).toEqual([1000]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("waits no longer than a stopped load may take, however long it was to wait", async () => {
    const silent: Driving = {
      seconds: { [Symbol.asyncIterator]: () => ({ next: never }) },
      closed: never(),
      stop: never,
    };
    const drive = new WatchedDrive(silent, server);
    const next = drive.next(3_600_000);
    drive.stop();
    await expect(played(next)).rejects.toThrow("within 6 s");
  });

  it("fails with what forbids to stop it, whether somebody waits or not, and not by a time-out", async () => {
    const stop = (): Promise<never> => Promise.reject(new Error("no such process"));
    const silent: Driving = { seconds: { [Symbol.asyncIterator]: () => ({ next: never }) }, closed: never(), stop };
    const drive = new WatchedDrive(silent, server);
    const next = drive.next(3_600_000);
    drive.stop();
    await expect(next).rejects.toThrow("[internal] no such process");
    await expect(drive.next(3_600_000)).rejects.toThrow("[internal] no such process");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is no longer told of the server's end once it is disposed", async () => {
    const ended = Promise.resolve("exit code 1");
    const drive = new WatchedDrive(driving(never), { ...server, ended });
    drive[Symbol.dispose]();
    await ended;
    await Promise.resolve();
    expect(drive.serverFailure).toBe(null);
  });

  it("does not give out what is told behind the server's end", async () => {
    const drive = new WatchedDrive(driving(never, snapshotOf({})), {
      ...server,
      ended: Promise.resolve("exit code 1"),
    });
    await Promise.resolve();
    await expect(drive.next(10)).rejects.toThrow("the server ended in the middle of the measurement (exit code 1)");
    expect(drive.serverFailure?.kind).toBe("closed");
  });
});
