import { describe, expect, it } from "vitest";
import { costMetrics } from "./cost-metrics.ts";
import { gatheredAs } from "./metric.ts";
import { comparedMetrics, type MetricKey, metricOf, shownMetrics, titleOf } from "./metrics.ts";
import { rowsOf } from "./rows.ts";
import { failureMetrics, speedMetrics } from "./speed-metrics.ts";
import { streamMetrics } from "./stream-metrics.ts";
import { sampleCell, sampleRun, sampleStep } from "./testing/sample-run.ts";

const step = sampleStep([1, 2, 3], { timeout: 1 }, [1, 1, 1]);
const [row] = rowsOf(
  sampleRun([
    sampleCell(
      {},
      {
        ...{ dropped: 1, interrupted: 4 },
        steps: { total: step, connect: sampleStep([0.5]), wait: sampleStep([0.25]) },
        connections: { asked: 10, held: 8, failures: { refused: 2 } },
      },
    ),
  ]),
);

describe("the metrics of a report", () => {
  it("have names of their own, for programs and in CSV", () => {
    const parts = [speedMetrics, streamMetrics, failureMetrics, costMetrics].flatMap((part) => Object.keys(part));
    expect(shownMetrics.map(({ key }) => key)).toEqual(parts);
    expect(new Set(shownMetrics.map(({ csv }) => csv)).size).toBe(shownMetrics.length);
    expect(new Set(parts).size).toBe(parts.length);
  });

  it("that are gathered while a cell is measured are what they are there", () => {
    /** The third is the unit it is shown in, where it is another. */
    const same: readonly (readonly [key: MetricKey, gathered: string, unit?: string])[] = [
      ...(["meanMs", "p50Ms", "p99Ms", "connectP99Ms", "waitP99Ms"] as const).map((key) => [key, "response"] as const),
      ["serviceP50Ms", "service"],
      ["firstEventP50Ms", "first_event"],
      ["longestGapMs", "event_gap"],
      ["eventsPerSecond", "events_per_second", "1/s"],
      ["goodShare", "good_fraction", "%"],
      ["lateStartP99Ms", "late"],
      ["errors", "failed", "%"],
      ["dropped", "dropped"],
      ["interrupted", "interrupted"],
      ["operationsPerSecond", "operations", "1/s"],
      ["iterationsPerSecond", "iterations", "1/s"],
      ["rssPeakBytes", "rss", "MiB"],
      ["cpuPercent", "cpu"],
      ["cpuMsPerOperation", "cpu_per_op", "ms/op"],
    ];
    for (const [key, gathered, unit = gatheredAs(gathered).unit] of same)
      expect(metricOf(key), key).toMatchObject({ ...gatheredAs(gathered), unit });
    expect(metricOf("errors")).toMatchObject({ better: "less", aspect: "failures" });
    expect(metricOf("operationsPerSecond")).toMatchObject({ better: "more", aspect: "speed" });
    expect(metricOf("cpuMsPerOperation")).toMatchObject({ better: "less", aspect: "cost" });
    expect(() => gatheredAs("odd")).toThrow(RangeError);
  });

  it("that two runs are compared by have a floor and a better side", () => {
    expect(comparedMetrics.map(({ key }) => key)).toEqual([
      ...["meanMs", "p50Ms", "p99Ms", "operationsPerSecond"],
      ...["errors", "refused", "wireBytesPerOperation", "rssPeakBytes", "cpuMsPerOperation"],
    ]);
    for (const { floor, better } of comparedMetrics) {
      expect(floor).toBeGreaterThan(0);
      expect(better).not.toBeNull();
    }
  });

  it.each([
    ["meanMs", 2, "2.00"],
    ["serviceP99Ms", 1, "1.00"],
    ["waitP50Ms", 0.25, "0.250"],
    ["connectP99Ms", 0.5, "0.500"],
    ["errors", 0.4, "40.0"],
    ["dropped", 1, "1"],
    ["interrupted", 4, "4"],
    ["held", 8, "8"],
    ["notHeld", 2, "2"],
    ["refused", 0.2, "20.0"],
    ["rssPeakBytes", 60 * 1024 * 1024, "60.0"],
    ["cpuPercent", 80, "80.0"],
    ["bothCpuMsPerOperation", 0.28, "0.280"],
    ["eventLoop", 0.6, "60.0"],
    ["wireOverhead", 260_000 / 204_800 - 1, "27.0"],
  ] as const)("%s is read from a row", (key, value, text) => {
    if (row?.status !== "measured") throw new TypeError("expected a measured row");
    const metric = metricOf(key);
    const quantity = metric.of(row);
    expect(quantity.value).toBeCloseTo(value, 6);
    expect(metric.format(quantity.value ?? 0)).toBe(text);
  });

  it("have titles in lines, or on one", () => {
    expect(metricOf("cpuMsPerOperation").title).toBe("server\nCPU");
    expect(titleOf(metricOf("cpuMsPerOperation"))).toBe("server CPU");
  });
});
