import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultMaxInFlight, type Load, scaled } from "./load.ts";
import { loadLabel } from "./load-text.ts";
import { loads, plain, rateRamp, vuRamp } from "./testing/loads.ts";

const constant: Load = { ...plain, executor: "constant-vus", vus: 10, durationMs: 1000 };
const shared: Load = { ...plain, executor: "shared-iterations", vus: 10, iterations: 1000, maxDurationMs: 1000 };
const each: Load = { ...shared, executor: "per-vu-iterations" };
const arriving: Load = {
  ...plain,
  executor: "constant-arrival-rate",
  perSecond: 500,
  durationMs: 1000,
  maxInFlight: defaultMaxInFlight,
};
const vus = { ...vuRamp(0, [4, 40], [4, 40], [2, 0]), sessions: 40 };
const rates = { ...rateRamp(0, [10, 1000]), maxInFlight: defaultMaxInFlight } as Load;

describe("loadLabel", () => {
  it.each<[label: string, load: Load]>([
    ["10 VUs", constant],
    ["1 VU", { ...constant, vus: 1, sessions: 1 }],
    ["10 VUs on 5 connections", { ...constant, sessions: 5 }],
    ["10 VUs on 1 connection", { ...constant, sessions: 1 }],
    ["10 VUs, after 30s", { ...constant, startTimeMs: 30_000 }],
    ["0→40→40→0 VUs in 4s+4s+2s", vus],
    ["0→40→40→0 VUs in 0.4s+0.4s+0.2s", { ...vus, ...scaled(vus, 0.1) }],
    ["2→5→5 VUs in 0s+1s on 9 connections", { ...vuRamp(2, [0, 5], [1, 5]), sessions: 9 }],
    ["1000 iterations by 10 VUs", shared],
    [
      "1 iteration by 1 VU",
      { ...plain, sessions: 1, executor: "shared-iterations", vus: 1, iterations: 1, maxDurationMs: 1 },
    ],
    ["10 VUs × 1000 iterations", each],
    ["500/s on 10 connections", arriving],
    ["0.5/s on 10 connections", { ...arriving, perSecond: 0.5 } as Load],
    ["500/s on 10 connections, at most 20 in flight", { ...arriving, maxInFlight: 20 } as Load],
    ["0→1000/s in 10s on 10 connections", rates],
  ])("is %s", (label, load) => {
    expect(loadLabel(load)).toBe(label);
  });

  it("tells apart what differs in more than how long it takes and how it ends", () => {
    const different: readonly object[] = [
      ...[constant, { ...constant, vus: 11 }, { ...constant, sessions: 11 }, { ...constant, startTimeMs: 1 }],
      ...[shared, { ...shared, iterations: 1001 }, { ...shared, vus: 11 }, { ...shared, sessions: 11 }],
      ...[each, { ...each, iterations: 1001 }, { ...each, vus: 11 }, { ...each, sessions: 11 }],
      ...[arriving, { ...arriving, perSecond: 500.1 }, { ...arriving, sessions: 11 }, { ...arriving, maxInFlight: 9 }],
      ...[vus, vuRamp(0, [4, 40], [4, 40], [3, 0]), vuRamp(0, [4, 40], [4, 40], [2, 1]), vuRamp(1, [4, 40], [6, 0])],
      ...[rates, { ...rates, ...scaled(rates, 2) }, { ...rates, startPerSecond: 1 }, { ...rates, maxInFlight: 9 }],
    ];
    const labels = different.map((load) => loadLabel(load as Load));
    expect(new Set(labels).size).toBe(different.length);
  });

  it("does not tell apart how long a constant load takes and how any load ends", () => {
    fc.assert(
      fc.property(loads, (load) => {
        const longer = { ...load, gracefulStopMs: 7, gracefulRampDownMs: 7, durationMs: 70, maxDurationMs: 70 };
        expect(loadLabel(longer as Load)).toBe(loadLabel(load));
      }),
    );
  });
});
