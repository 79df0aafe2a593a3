import { describe, expect, it } from "vitest";
import { type ServerSeen, serverFigures } from "./server-figures.ts";

const seen: ServerSeen = { rssIdleBytes: 10, rssConnectedBytes: 20, rssPeakBytes: 30.4, cpuMs: 100, resolutionMs: 0 };

describe("serverFigures", () => {
  it.each<[what: string, parts: Partial<ServerSeen>, bytes: number]>([
    ["in the window", {}, 30],
    ["with its connections", { rssPeakBytes: 15 }, 20],
    ["before them", { rssIdleBytes: 40 }, 40],
  ])("have the peak of memory %s", (_what, parts, rssPeakBytes) => {
    expect(serverFigures({ ...seen, ...parts }, 1000, 10)).toMatchObject({ rssPeakBytes });
  });

  it.each<[cpuMs: number, resolutionMs: number, known: boolean]>([
    [20, 0, true],
    [19.9, 0, false],
    [50, 10, true],
    [49, 10, false],
    [20, 4, true],
  ])("tell %d ms of CPU counted in steps of %d ms: %j", (cpuMs, resolutionMs, known) => {
    const figures = serverFigures({ ...seen, cpuMs, resolutionMs }, 2000, 10);
    expect(figures.cpuPercentMean).toBe(known ? cpuMs / 20 : null);
    expect(figures.cpuMsPerOperation).toBe(known ? cpuMs / 10 : null);
  });

  it("have no CPU of an operation where there was none, nor of no time", () => {
    expect(serverFigures(seen, 1000, 0)).toEqual({ rssPeakBytes: 30, cpuPercentMean: 10, cpuMsPerOperation: null });
    expect(serverFigures(seen, 0, 0)).toEqual({ rssPeakBytes: 30, cpuPercentMean: null, cpuMsPerOperation: null });
  });
});
