import type { Session } from "@apb/core/binding";
import type { GoodputLimit } from "@apb/core/goodput";
import { durationOf, isOpen, type Share } from "@apb/core/load";
import type { ObservePhases } from "@apb/core/phases";
import { randomOf } from "@apb/core/random";
import { rotaOf } from "@apb/core/rota";
import type { Point, Task, Vars, Workload } from "@apb/core/scenario";
import type { Snapshot } from "@apb/core/snapshot";
import { iterationsOf } from "@apb/core/split";
import { arrivals } from "./arrivals.ts";
import type { Driver, WorkloadDrive } from "./driver.ts";
import { Gate } from "./gate.ts";
import { Meter, type ReadCost } from "./meter.ts";
import type { OpenedSessions } from "./opened-sessions.ts";
import { placesOf } from "./places.ts";
import { Slot, type SlotClock } from "./slot.ts";
import type { Time } from "./time.ts";
import { alwaysOn, type Turn } from "./turns.ts";
import { virtualUsers } from "./vus.ts";
import type { WorkloadMeter } from "./workload-meter.ts";

/** A generator's part of a workload, and the connections it has for it. */
export interface ConnectedWorkload {
  readonly workload: Workload;
  readonly share: Share;
  /** Open ones; fewer than asked for where some could not be opened. */
  readonly sessions: readonly Session[];
  readonly asked: number;
  /** What each place for an iteration remembers of its start, null of one whose start failed; absent where there was none. */
  readonly begun?: readonly (Vars | null)[];
  /** What its iterations open their own sessions by; absent where they open none. */
  readonly opened?: OpenedSessions;
}

export interface DriveOptions {
  readonly point: Point;
  readonly parts: readonly ConnectedWorkload[];
  /** This generator's, different from every other's. */
  readonly name: string;
  /** When the warm-up begins, on `time`. */
  readonly startAt: number;
  readonly warmUpMs: number;
  /** An iteration that takes longer fails with kind `timeout`, and so does an arrival that has waited longer. */
  readonly timeoutMs: number;
  readonly seed: number;
  readonly time: Time;
  /** When iterations may begin; absent means always. */
  readonly turn?: Turn;
  readonly cost: ReadCost;
  /** What makes streams good; absent means that nobody asks. */
  readonly goodput?: readonly GoodputLimit[] | undefined;
  /** Where calls tell of their phases; absent means that nobody asks. */
  readonly observePhases?: ObservePhases | undefined;
  /** Takes each second of the window as it is over, and what ended late at the end. */
  readonly emit: (snapshot: Snapshot) => void;
}

/** Everything that was done on the connections, warm-up included: what bytes on the wire are divided by. */
export interface DriveCounts {
  /** The window, as it was. */
  readonly windowMs: number;
  readonly iterations: number;
  readonly operations: number;
  /** Operations that call an agent, which servers count too. */
  readonly agentCalls: number;
  readonly bodyBytes: number;
  /** Iterations that failed or were cut off. */
  readonly failed: number;
}

/** A drive under way. */
export interface UnderWay {
  readonly done: Promise<DriveCounts>;
  /** Ends the window now; what is under way may finish for so long, then it is cut off. */
  stop(graceMs: number): void;
}

/** One look at all slots every now and then is much cheaper than a timer for every operation. */
const glanceMs = 100;

/** Puts a point's load on open sessions: warm-up, then the window, with no gap between them. */
export function drive(options: DriveOptions): UnderWay {
  const { point, parts, startAt, warmUpMs, time, timeoutMs } = options;
  const openAt = startAt + warmUpMs;
  // Added up as the drivers add it up, or rounding might put a last arrival behind the end.
  const endAt = Math.max(...point.workloads.map(({ load }) => openAt + load.startTimeMs + durationOf(load)));
  const { broken, broke } = breaking();
  const meter = new Meter({ ...options, openAt, endAt, emit: unthrown(options.emit, broke) });
  const works = parts.map((part, index) => work(part, index, meter, options, broke));
  const slots = works.flatMap((one) => one.slots);
  listen(works, options);
  const stop = (graceMs: number): void => {
    for (const { driver } of works) driver.stop(graceMs);
  };
  let stopped: number | null = null;
  const run = async (): Promise<DriveCounts> => {
    await time.sleep(startAt - time.now());
    if (stopped !== null) stop(stopped);
    const running = Promise.race([Promise.all(works.map(({ driver }) => driver.run())), broken]);
    await watched(running, options, () => {
      const now = time.now();
      meter.reach(now);
      for (const slot of slots) slot.expire(now, timeoutMs);
    });
    options.observePhases?.(null);
    meter.finish(time.now());
    return Promise.race([broken, drove(works, slots, meter)]);
  };
  const done = run();
  done.catch(() => stop(0));
  return {
    done,
    stop(graceMs) {
      stopped = graceMs;
      meter.close(time.now());
      stop(graceMs);
    },
  };
}

/** Keeps the phases of calls as steps of the workload, of those that end in its window: which of several a call is of, its socket does not know. */
function listen(works: readonly { readonly meter: WorkloadMeter }[], { observePhases, time }: DriveOptions): void {
  const [only, ...others] = works;
  if (only === undefined || others.length > 0) return;
  observePhases?.({ now: time.now, told: (phases, endedAt) => only.meter.call(phases, endedAt) });
}

/** What rejects with the first defect that is told. */
function breaking() {
  let broke: (error: unknown) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => {
    broke = reject;
  });
  return { broken, broke };
}

/** Tells what it throws, which would otherwise be taken for a failure of whatever happens first behind a second. */
function unthrown<T>(act: (about: T) => void, broke: (error: unknown) => void): (about: T) => void {
  return (about) => {
    try {
      act(about);
    } catch (error) {
      broke(error);
    }
  };
}

/** Waits for it, and looks again and again until it has ended. */
async function watched(
  running: Promise<unknown>,
  { time, timeoutMs }: Pick<DriveOptions, "time" | "timeoutMs">,
  look: () => void,
): Promise<void> {
  let over = false;
  const ended = running.finally(() => {
    over = true;
  });
  while (!over) {
    await Promise.race([time.sleep(Math.min(timeoutMs / 10, glanceMs)), ended]);
    look();
  }
}

/** A workload's part being done. */
interface Work {
  readonly driver: Driver;
  readonly slots: readonly Slot[];
  readonly gate: Gate;
  readonly meter: WorkloadMeter;
}

function work(
  part: ConnectedWorkload,
  index: number,
  window: Meter,
  options: DriveOptions,
  broke: WorkloadDrive["broke"],
): Work {
  const { workload, share } = part;
  const { load, think = null } = workload;
  const { time, turn = alwaysOn, timeoutMs, warmUpMs, seed } = options;
  const meter = window.workload(workload);
  const slots = slotsOf(part, meter, { time, turn });
  const gate = new Gate(share, load.executor === "shared-iterations" ? iterationsOf(load, share) : undefined);
  const { openAt } = window;
  const driving = {
    ...{ load, share, slots, gate, meter, think, time, turn, timeoutMs, warmUpMs, openAt, broke },
    nextTask: tasksInTurn(workload.tasks),
    random: randomOf(seed + 1000 * index + share.index),
    originAt: openAt + load.startTimeMs,
  };
  return { slots, gate, meter, driver: isOpen(load) ? arrivals(driving, window.late) : virtualUsers(driving) };
}

/** Which task the next iteration runs. Each generator counts its own, or one that is slow would get more of one task. */
function tasksInTurn(tasks: readonly Task[]): () => Task {
  const [first] = tasks as readonly [Task];
  if (tasks.length === 1) return () => first;
  const rota = rotaOf(tasks.map(({ weight }) => weight));
  let turn = 0;
  return () => tasks[rota[turn++ % rota.length] ?? 0] ?? first;
}

function slotsOf(part: ConnectedWorkload, meter: WorkloadMeter, clock: SlotClock): readonly Slot[] {
  return placesOf(part).flatMap(({ id, sessions }, place) => {
    const vars = part.begun === undefined ? {} : part.begun[place];
    return vars === null || vars === undefined ? [] : [new Slot(sessions, meter, clock, { id, vars }, part.opened)];
  });
}

function drove(works: readonly Work[], slots: readonly Slot[], { openAt, endAt }: Meter): DriveCounts {
  const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
    items.reduce((total, item) => total + of(item), 0);
  return {
    windowMs: endAt - openAt,
    iterations: sum(works, ({ gate }) => gate.begun),
    operations: sum(slots, ({ operations }) => operations),
    agentCalls: sum(slots, ({ agentCalls }) => agentCalls),
    bodyBytes: sum(slots, ({ bodyBytes }) => bodyBytes),
    failed: sum(works, ({ meter }) => meter.failures),
  };
}
