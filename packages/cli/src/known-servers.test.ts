import type { CellId } from "@apb/core/cell";
import type { Load, Stage } from "@apb/core/load";
import { secondOf } from "@apb/core/series";
import type { Think } from "@apb/core/think";
import { driven, type Run } from "@apb/generator/testing/simulated-drive";
import { type Conclusion, conclusionsOf } from "@apb/report/conclusions";
import { describe, expect, it } from "vitest";

/** What is concluded of servers whose capacity and stalls are known, from the load to the sentence, on a time that is simulated. */

const cell: CellId = {
  ...{ scenario: "s", case: {}, load: "l", binding: "x/y", server: "external", client: "wire" },
  ...{ security: "plain", round: 1 },
};

/** One after the other, each in 20 ms, so that it answers 50 a second; none while it stands still. */
function server(stall = { fromMs: 0, toMs: 0 }): Run {
  let freeAt = 0;
  return async ({ time, io }) => {
    const now = time.now();
    const begins = Math.max(now, freeAt);
    freeAt = (begins + 20 > stall.fromMs && begins < stall.toMs ? stall.toMs : begins) + 20;
    await io.step("send", () => time.sleep(freeAt - now));
    return () => undefined;
  };
}

async function concluded(load: Load, run: Run, think?: Think): Promise<readonly Conclusion[]> {
  const workload = { load, run, ...(think === undefined ? {} : { think }) };
  const { seconds } = await driven({ workloads: [workload], timeoutMs: 60_000 });
  const told = seconds.map((snapshot) => secondOf(cell, snapshot, null, new Date(0)));
  return conclusionsOf(told, load.executor === "ramping-arrival-rate", []);
}

/** Each level for so long, with a jump to the next. */
function steps(durationMs: number, ...levels: readonly number[]): readonly Stage[] {
  return levels.flatMap((target, n) => [...(n === 0 ? [] : [{ durationMs: 0, target }]), { durationMs, target }]);
}

const around = { startTimeMs: 0, gracefulStopMs: 0 };

function rates(sessions: number, stages: readonly Stage[], startPerSecond: number): Load {
  return { executor: "ramping-arrival-rate", startPerSecond, stages, maxInFlight: 100_000, ...around, sessions };
}

describe("a server that answers 50 a second", () => {
  it("breaks at the step of users that asks for more", async () => {
    const load: Load = {
      ...{ executor: "ramping-vus", startVUs: 1, stages: steps(4000, 1, 2, 3, 4, 5), gracefulRampDownMs: 0 },
      ...{ ...around, sessions: 5 },
    };
    const [conclusion] = await concluded(load, server(), { perSecond: 15 });
    expect(conclusion).toMatchObject({ kind: "breaking point", at: 4, after: 3 });
  });

  it.each([10, 300])("breaks at the step of arrivals that asks for more, on %d connections", async (connections) => {
    const load = rates(connections, steps(4000, 15, 30, 45, 60, 75), 15);
    const [conclusion] = await concluded(load, server());
    expect(conclusion).toMatchObject({ kind: "breaking point", at: 60, after: 45 });
  });
});

/** 20 a second, 100 a second for 4 s, and 20 again. */
const spike = rates(
  400,
  [
    { durationMs: 5000, target: 20 },
    { durationMs: 0, target: 100 },
    { durationMs: 4000, target: 100 },
    { durationMs: 0, target: 20 },
    { durationMs: 20_000, target: 20 },
  ],
  20,
);

describe("the same server behind a spike that leaves 200 waiting", () => {
  it.each([
    // 200 are done at 50 − 20 a second.
    ["which it works off", 0, 200 / 30],
    ["at whose end it stands still for 3 s", 3000, 3 + (200 + 3 * 20) / 30],
  ])("%s has recovered with the second after the last has been answered", async (_name, stallMs, dueSeconds) => {
    const stall = { fromMs: 9000, toMs: 9000 + stallMs };
    expect(await concluded(spike, server(stall))).toEqual([
      { kind: "recovery", seconds: Math.ceil(dueSeconds), watched: 20 },
    ]);
  });
});
