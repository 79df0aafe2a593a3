import { describe, expect, it } from "vitest";
import { Pause } from "./driver.ts";
import { simulatedTime } from "./testing/simulated-time.ts";

describe("a pause", () => {
  it("ends at its time, and never before, even if sleep does", async () => {
    const time = simulatedTime();
    const hasty = { ...time, sleep: (ms: number) => time.sleep(ms / 2 + 0.1) };
    const over = await time.run(new Pause().until(50, hasty));
    expect(over).toBe(false);
    expect(time.now()).toBeGreaterThanOrEqual(50);
    expect(time.now()).toBeLessThan(50.2);
  });

  it("takes no time where its time is past", async () => {
    const time = { ...simulatedTime(), sleep: () => Promise.reject(new Error("not asked for")) };
    expect(await new Pause().until(0, time)).toBe(false);
    expect(await new Pause().until(-5, time)).toBe(false);
  });

  it("ends when it is ended, and is over from then on", async () => {
    const time = simulatedTime();
    const pause = new Pause();
    void time.sleep(7).then(() => pause.end());
    expect(await time.run(pause.until(50, time))).toBe(true);
    expect(await time.run(pause.until(90, time))).toBe(true);
    expect(time.now()).toBe(7);
  });
});
