import { secondOf } from "@apb/core/series";
import { vi } from "vitest";
import type { CellEvent, MeasureOptions } from "../events.ts";
import { measureGroup } from "../measure.ts";
import type { PlannedCell } from "../plan.ts";
import { machineMs } from "../usage-series.ts";
import { type Script, scripted } from "./fake-equipment.ts";
import { planned, profile } from "./planned.ts";

/** Makes timers and the machine's clock, which begins at 0, pass only in {@link played}. */
export function stopTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "hrtime"] });
}

/** Lets time pass, from one timer to the next, until the work is done. */
export async function played<T>(work: Promise<T>): Promise<T> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  work.then(end, end);
  await vi.advanceTimersByTimeAsync(0);
  while (!over) {
    if (vi.getTimerCount() === 0) throw new Error("everybody waits for something that is not time");
    await vi.advanceTimersToNextTimerAsync();
  }
  return work;
}

/** What a group is measured with, where a test says nothing else. */
export interface Played extends Partial<MeasureOptions> {
  readonly cells?: readonly PlannedCell[];
  /** Told each event and when it came. */
  readonly heard?: (event: CellEvent, atMs: number) => void;
}

/** What a group is measured with where nothing else is said. */
export function optionsOf(options: Partial<MeasureOptions> = {}): MeasureOptions {
  return {
    ...{ profile, timeoutMs: 1000, generators: 1, seed: 7, thresholds: [], noPidReason: "no pid", agentDelayMs: 0 },
    ...{ ceilings: [], bindings: {}, signal: new AbortController().signal },
    ...options,
  };
}

/** Measures a group by a script: what it told, what was asked for, and when it was over. Time must have been stopped. */
export async function measured(script: Script, { cells = [planned(1)], heard, ...options }: Played = {}) {
  const { equipment, log } = scripted(script);
  const group = { binding: "x/y", server: "sdk", round: 1, cells } as const;
  const whole = optionsOf(options);
  const events: CellEvent[] = [];
  const listen = async (): Promise<void> => {
    for await (const event of measureGroup(group, equipment, whole)) {
      events.push(event);
      heard?.(event, machineMs());
    }
  };
  await played(listen());
  const results = events.flatMap((event) => (event.kind === "cell" ? [event.result] : []));
  const seconds = events.flatMap((event) =>
    event.kind === "second" ? [secondOf(event.cell, event.snapshot, event.server, event.startedAt)] : [],
  );
  return { events, results, seconds, log, endedAtMs: machineMs() };
}
