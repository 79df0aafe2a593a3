import { durationOf, isCounted, type Load } from "@apb/core/load";
import { vuChanges } from "@apb/core/vus";
import { type Driver, Pause, type WorkloadDrive } from "./driver.ts";
import type { Time } from "./time.ts";
import { Crew, User } from "./user.ts";

/** Virtual users, as many as the load wants at any time; each begins its next iteration when its last one has ended. */
export function virtualUsers(driving: WorkloadDrive): Driver {
  const { load, share, slots, gate, time, openAt, originAt, warmUpMs } = driving;
  const crew = new Crew();
  const aim = aiming(
    slots.map((slot) => new User(driving, slot, crew)),
    time,
  );
  const pause = new Pause();
  /** What begins with nobody is warmed up by one. */
  const warmUp = async (vus: number): Promise<void> => {
    aim(Math.max(vus, 1), load.gracefulStopMs);
    if (!(await pause.until(openAt, time)) && originAt > openAt) aim(0, load.gracefulStopMs);
  };
  /** A load that is counted may be over before its time. */
  const endWith = (): void => {
    const end = (): void => pause.end();
    void crew.gone().then(end, end);
  };
  return {
    async run() {
      for (const { atMs, vus } of vuChanges(load, share)) {
        if (atMs === 0 && warmUpMs > 0) await warmUp(vus);
        if (isCounted(load) && atMs > 0) endWith();
        if (await pause.until(originAt + atMs, time)) break;
        aim(vus, graceOf(load, atMs));
      }
      await crew.gone();
    },
    stop(grace) {
      gate.stop();
      aim(0, grace);
      pause.end();
    },
  };
}

/** Makes the first so many of the users go on or begin; the others may finish, for so long. */
function aiming(users: readonly User[], time: Time): (wanted: number, graceMs: number) => void {
  let had = 0;
  return (wanted, graceMs) => {
    const cutAt = time.now() + graceMs;
    for (const user of users.slice(had, wanted)) user.begin();
    // When all go, those too that were going before: what they were given may be more than is left.
    for (const user of users.slice(wanted, wanted === 0 ? undefined : had)) user.end(cutAt);
    had = wanted;
  };
}

/** How long a VU may finish that is to go at this time. */
function graceOf(load: Load, atMs: number): number {
  return load.executor === "ramping-vus" && atMs < durationOf(load) ? load.gracefulRampDownMs : load.gracefulStopMs;
}
