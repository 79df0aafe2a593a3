import { describe, expect, it } from "vitest";
import { type Think, thinkMs } from "./think.ts";

describe("thinkMs", () => {
  it.each<[think: Think, elapsedMs: number, random: number, ms: number]>([
    [{ constantMs: 60 }, 40, 0.5, 60],
    [{ constantMs: 60 }, 400, 0, 60],
    [{ uniform: { fromMs: 100, toMs: 500 } }, 40, 0, 100],
    [{ uniform: { fromMs: 100, toMs: 500 } }, 400, 0.25, 200],
    [{ uniform: { fromMs: 100, toMs: 100 } }, 0, 0.9, 100],
    [{ pacingMs: 100 }, 40, 0.5, 60],
    [{ pacingMs: 100 }, 100, 0.5, 0],
    [{ pacingMs: 100 }, 250, 0.5, 0],
    [{ perSecond: 10 }, 40, 0.5, 60],
    [{ perSecond: 0.5 }, 40, 0.5, 1960],
    [{ perSecond: 10 }, 250, 0.5, 0],
  ])("of %j after %d ms and a draw of %d is %d ms", (think, elapsedMs, random, ms) => {
    expect(thinkMs(think, { elapsedMs, random: () => random })).toBe(ms);
  });
});
