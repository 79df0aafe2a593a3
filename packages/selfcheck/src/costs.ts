import { textOf } from "@apb/benchmarks/bodies";
import { messageSize } from "@apb/benchmarks/message-size";
import { profiles } from "@apb/benchmarks/profiles";
import type { Reply, Session } from "@apb/core/binding";
import { monotonic } from "@apb/core/clock";
import { whole } from "@apb/core/load";
import type { Point, Profile } from "@apb/core/scenario";
import type { ProcessCost } from "@apb/core/snapshot";
import { Totals } from "@apb/core/totals";
import { drive } from "@apb/generator/drive";
import { realTime } from "@apb/generator/time";
import { StepMeter } from "@apb/generator/workload-meter";
import { number } from "@apb/report/format";
import { keyColumn, plain, type Section, sectionOf, valueColumn } from "@apb/report/section";
import { medianNs } from "./median-ns.ts";
import { bodyBytes, users } from "./paths.ts";

/** What one part of measuring takes by itself. */
export interface Cost {
  readonly what: string;
  readonly ns: number;
}

/** The clock, a sample, and a whole iteration that asks nobody: everything the harness adds to an operation. */
export async function measureCosts(quick: boolean): Promise<readonly Cost[]> {
  const meter = new StepMeter(true, 0);
  let n = 0;
  const record = (): number => {
    const ended = ++n % 1000;
    meter.succeed(0, ended / 10, ended);
    return ended;
  };
  return [
    { what: "read the clock", ns: medianNs("clock", monotonic, quick) },
    { what: "record a sample", ns: medianNs("sample", record, quick) },
    { what: "an iteration without a network", ns: await iterationNs(quick ? 2000 : 200_000) },
  ];
}

/** An iteration of the message-size scenario on sessions that answer at once, its check included. */
async function iterationNs(iterations: number): Promise<number> {
  const profile: Profile = {
    ...(profiles.smoke as Profile),
    ...{ sizesBytes: [bodyBytes], vus: users },
    executor: { executor: "shared-iterations", vus: users, iterations, maxDurationMs: longestMs },
  };
  const [point] = messageSize.points(profile) as readonly [Point];
  const sessions = Array.from({ length: users }, answering);
  const totals = new Totals();
  const { done } = drive({
    point,
    parts: point.workloads.map((workload) => ({ workload, share: whole, sessions, asked: users })),
    ...{ name: "0", startAt: realTime.now(), warmUpMs: 0, timeoutMs: 10_000, seed: 1, time: realTime },
    cost: () => noCost,
    emit: (snapshot) => totals.add(snapshot),
  });
  const { windowMs } = await done;
  return (windowMs * 1e6) / totals.counts().completed;
}

const longestMs = 60_000;
/** Of this process, which nobody asks for here. */
const noCost: ProcessCost = { cpuNs: 0, busyNs: 0, elapsedNs: 0, rssBytes: 0 };

function answering(): Session {
  const reply: Promise<Reply> = Promise.resolve({ kind: "message", body: textOf(bodyBytes) });
  return {
    call: () => reply,
    async *stream() {},
    wire: { sentBytes: 0, receivedBytes: 0, connections: 1 },
    async [Symbol.asyncDispose]() {},
  };
}

/** The costs as a table. `cheapestMs` is the CPU time of the cheapest operation there is. Pure. */
export function costSection(costs: readonly Cost[], cheapestMs: number): Section {
  return sectionOf<Cost>({
    title: "What the stopwatch costs",
    caption: `in a process of its own, in nanoseconds; an operation by the cheapest path above takes the load generator ${number(cheapestMs * 1000)} µs`,
    columns: [
      keyColumn("what", ({ what }) => what),
      valueColumn(0, "each", "ns", ({ ns }) => plain(number(ns))),
      valueColumn(0, "of that\noperation", "%", ({ ns }) => plain(number((100 * ns) / (cheapestMs * 1e6)))),
    ],
    groups: [costs],
    remarks: [
      "An operation takes four readings of the clock and two samples, of the step and of the iteration; they are within the iteration.",
    ],
  });
}
