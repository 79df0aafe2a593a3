import type { Session } from "@apb/core/binding";
import type { GoodputLimit } from "@apb/core/goodput";
import { isOpen, type Load, type Share, whole } from "@apb/core/load";
import type { ObservePhases } from "@apb/core/phases";
import type { Io, Task, Verify, VU, Workload } from "@apb/core/scenario";
import { mergeSnapshots, type ProcessCost, type Snapshot } from "@apb/core/snapshot";
import { sessionsOf } from "@apb/core/split";
import type { Think } from "@apb/core/think";
import { Totals } from "@apb/core/totals";
import { type DriveCounts, type DriveOptions, drive } from "../drive.ts";
import type { OpenedSessions } from "../opened-sessions.ts";
import type { Time } from "../time.ts";
import { Turns } from "../turns.ts";
import { type SimulatedTime, type Stall, simulatedTime } from "./simulated-time.ts";

/** What an iteration does, with what it is told. */
export type Run = (iteration: { readonly time: SimulatedTime; readonly vu: VU; readonly io: Io }) => Promise<Verify>;

/** A workload of one task, or of several with their weights. */
export interface Driven {
  readonly name?: string;
  readonly load: Load;
  readonly run: Run | readonly { readonly weight: number; readonly run: Run }[];
  readonly think?: Think;
  readonly sessionsPerVU?: number;
  /** What its iterations open sessions by. */
  readonly opened?: OpenedSessions;
}

/** A drive; what is left out is one workload's share of all, without a warm-up, with a time-out of a second. */
export interface Setting {
  readonly workloads: readonly Driven[];
  readonly share?: Share;
  /** Of each workload; absent means as many as it asks for. */
  readonly sessions?: number;
  readonly startAt?: number;
  readonly warmUpMs?: number;
  readonly timeoutMs?: number;
  readonly goodput?: readonly GoodputLimit[];
  readonly observePhases?: ObservePhases;
  /** Ends the drive at this time. */
  readonly stop?: { readonly at: number; readonly graceMs: number };
  /** See {@link simulatedTime}. */
  readonly grainMs?: number;
  /** How late the drive is woken whenever it waits for a time; iterations are not. */
  readonly lateMs?: number;
  /** How much too early every sleep that is longer ends. */
  readonly earlyMs?: number;
  readonly stall?: Stall;
  /** Told every sleep of the drive. */
  readonly slept?: (ms: number, signal?: AbortSignal) => void;
  readonly emit?: (snapshot: Snapshot) => void;
}

/** What came of a drive: what it told, the same added up, and its result. */
export interface Came {
  readonly snapshots: readonly Snapshot[];
  /** The snapshots of the window. */
  readonly seconds: readonly Snapshot[];
  readonly totals: Totals;
  readonly drove: DriveCounts;
  /** When it was over. */
  readonly endedAt: number;
}

const noVerify: Verify = () => undefined;

/** Drives it on a time of its own. */
export async function driven(setting: Setting): Promise<Came> {
  const time = simulatedTime(setting.grainMs, setting.stall);
  const { lateMs = 0, earlyMs = 0, stop } = setting;
  const sleep: Time["sleep"] = (ms, signal) => {
    setting.slept?.(ms, signal);
    return time.sleep(ms + lateMs - (ms > earlyMs ? earlyMs : 0), signal);
  };
  const seen: Time = { ...time, sleep, until: (at) => time.until(at + lateMs) };
  const { underWay, came } = begun(setting, time, { time: seen, cost: () => costAt(time.now()) });
  if (stop !== undefined) void time.until(stop.at).then(() => underWay.stop(stop.graceMs));
  await time.run(underWay.done);
  return came();
}

/** Several drives at once that take turns of this length on one time. */
export async function drivenByTurns(settings: readonly Setting[], sliceMs: number): Promise<readonly Came[]> {
  const time = simulatedTime();
  const turns = new Turns({ ...{ sides: settings.length, sliceMs, seed: 1, time }, cost: () => costAt(time.now()) });
  const begins = settings.map((setting) => {
    const side = turns.join(setting.workloads.every(({ load }) => isOpen(load)));
    const { underWay, came } = begun(setting, time, { time: side, turn: side, cost: side.cost });
    return { done: underWay.done.finally(() => side.leave()), came };
  });
  await time.run(Promise.all(begins.map(({ done }) => done)));
  return Promise.all(begins.map(({ came }) => came()));
}

/** A drive that has begun, whose iterations take the time given, and what has come of it when it is done. */
function begun(setting: Setting, time: SimulatedTime, clock: Pick<DriveOptions, "time" | "turn" | "cost">) {
  const { share = whole, startAt = 0, warmUpMs = 0, timeoutMs = 1000, emit } = setting;
  const workloads = setting.workloads.map((one, n) => workloadOf(one, n, time));
  const snapshots: Snapshot[] = [];
  const underWay = drive({
    point: { params: {}, workloads, thresholds: [] },
    parts: workloads.map((workload, n) => {
      const { opened } = setting.workloads[n] ?? {};
      const asked = sessionsOf(workload.load, share, workload.sessionsPerVU);
      const sessions = Array.from({ length: setting.sessions ?? asked }, () => silent);
      return { workload, share, sessions, asked, ...(opened === undefined ? {} : { opened }) };
    }),
    ...{ name: String(share.index), startAt, warmUpMs, timeoutMs, seed: 7, ...clock },
    goodput: setting.goodput,
    observePhases: setting.observePhases,
    emit: (snapshot) => {
      snapshots.push(snapshot);
      emit?.(snapshot);
    },
  });
  const came = async (): Promise<Came> => {
    const drove = await underWay.done;
    const seconds = snapshots.filter(({ draining }) => !draining);
    return { snapshots, seconds, totals: added(snapshots), drove, endedAt: time.now() };
  };
  return { underWay, came };
}

/** The same drive by so many generators, each on a time of its own. */
export async function drivenByAll(setting: Setting, of: number): Promise<readonly Came[]> {
  const all: Came[] = [];
  for (let index = 0; index < of; index++) all.push(await driven({ ...setting, share: { index, of } }));
  return all;
}

/** The seconds of several generators' windows as those of one. */
export function together(all: readonly Came[]): readonly Snapshot[] {
  const seconds = Math.max(...all.map((one) => one.seconds.length));
  return Array.from({ length: seconds }, (_, second) =>
    all.flatMap((one) => one.seconds[second] ?? []).reduce(mergeSnapshots),
  );
}

/** Snapshots added up. */
export function added(snapshots: readonly Snapshot[]): Totals {
  const totals = new Totals();
  for (const snapshot of snapshots) totals.add(snapshot);
  return totals;
}

/** An iteration of one step `send` that takes exactly this long, or this long each time, and gives up when it is told to. */
export function taking(ms: number | (() => number)): Run {
  return async ({ time, io }) => {
    await io.step("send", (signal) => abortable(time.sleep(typeof ms === "number" ? ms : ms()), signal));
    return noVerify;
  };
}

/** Rejects with the signal's reason when that comes first. */
export function abortable(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    void work.then(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
  });
}

/** Iterations that are noted: by whom, from when to when. */
export function noted(run: Run): { readonly run: Run; readonly lives: () => readonly (readonly [number, number][])[] } {
  const byVU = new Map<unknown, [number, number][]>();
  return {
    lives: () => [...byVU.values()],
    run: async (iteration) => {
      const from = iteration.time.now();
      const mine = byVU.get(iteration.vu) ?? [];
      byVU.set(iteration.vu, mine);
      try {
        return await run(iteration);
      } finally {
        mine.push([from, iteration.time.now()]);
      }
    },
  };
}

/** An iteration without a step that ends at once. */
export const nothing: Run = () => Promise.resolve(noVerify);

function workloadOf(
  { name, load, run, think, sessionsPerVU = 1 }: Driven,
  index: number,
  time: SimulatedTime,
): Workload {
  const runs = typeof run === "function" ? [{ weight: 1, run }] : run;
  const tasks = runs.map(
    ({ weight, run }, n): Task => ({ name: `task ${n}`, weight, run: (vu, io) => run({ time, vu, io }) }),
  );
  return { name: name ?? `w${index}`, load, sessionsPerVU, tasks, ...(think === undefined ? {} : { think }) };
}

/** A process that is busy for a quarter of its time and needs an eighth of it in CPU. */
function costAt(now: number): ProcessCost {
  return { cpuNs: (now * 1e6) / 8, busyNs: (now * 1e6) / 4, elapsedNs: now * 1e6, rssBytes: 1000 + now };
}

/** A session that nobody uses. */
const silent: Session = {
  call: () => Promise.reject(new Error("not asked for")),
  stream: () => {
    throw new Error("not asked for");
  },
  wire: { sentBytes: 0, receivedBytes: 0, connections: 1 },
  [Symbol.asyncDispose]: async () => undefined,
};
