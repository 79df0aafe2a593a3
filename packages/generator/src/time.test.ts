import { expect, it } from "vitest";
import { Metronome } from "./metronome.ts";
import { realTime } from "./time.ts";

it.each([-1, 0, 0.1, 1, 5])("until a time %d ms from now is never before it", async (ms) => {
  const time = realTime.now() + ms;
  await realTime.until(time);
  expect(realTime.now()).toBeGreaterThanOrEqual(time);
});

it("a sleep that is not waited for any more ends at once, and keeps no process alive", async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const stop = new AbortController();
  const slept = realTime.sleep(600_000, stop.signal);
  expect(timers()).toBe(before + 1);
  stop.abort();
  await slept;
  expect(timers()).toBe(before);
});

it("a metronome wakes those who wait in the order of their times, and never early", async () => {
  const metronome = new Metronome();
  const begun = realTime.now();
  const woken: string[] = [];
  const waits = { late: 6, soon: 2, past: -1, middle: 4 };
  await Promise.all(
    Object.entries(waits).map(
      ([name, ms]) =>
        new Promise<void>((resolve) => {
          metronome.at(begun + ms, () => {
            expect(realTime.now()).toBeGreaterThanOrEqual(begun + ms);
            woken.push(name);
            resolve();
          });
        }),
    ),
  );
  expect(woken).toEqual(["past", "soon", "middle", "late"]);
});
