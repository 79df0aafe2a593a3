import { asFailure, Failure } from "@apb/core/failure";
import type { Io, Vars, VU } from "@apb/core/scenario";
import type { Begun } from "./begun.ts";
import type { Assignment } from "./channel.ts";
import type { ConnectedWorkload } from "./drive.ts";
import { placesOf } from "./places.ts";
import { unmeasured } from "./unmeasured.ts";

/** So many start side by side: enough to be quick, too few to be a load. */
const atOnce = 32;

/** Lets each VU of a workload start with a copy of these values. One that fails is counted; it never throws. */
export async function beginAll(
  part: ConnectedWorkload,
  vars: Vars,
  { timeoutMs, seed }: Pick<Assignment, "timeoutMs" | "seed">,
): Promise<{ readonly part: ConnectedWorkload; readonly begun: Begun }> {
  const { workload } = part;
  const places = placesOf(part);
  const begun: (Vars | null)[] = places.map(() => structuredClone(vars));
  let firstFailure: string | null = null;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let n = next++; n < places.length; n = next++) {
      const vu = vuOf(places[n] as Pick<VU, "id" | "sessions">, begun[n] as Vars, seed);
      try {
        await workload.onStart?.(vu, unmeasured(timeoutMs));
      } catch (error) {
        begun[n] = null;
        firstFailure ??= `VU ${vu.id} of ${workload.name}: ${asFailure(error).message}`;
      }
    }
  };
  if (workload.onStart !== undefined) await Promise.all(Array.from({ length: atOnce }, work));
  const asked = workload.onStart === undefined ? 0 : places.length;
  const started = begun.filter((one) => one !== null).length;
  return { part: { ...part, begun }, begun: { asked, begun: Math.min(asked, started), firstFailure } };
}

/** What is done once for all VUs, on the first one's connections. Resolves with what it left behind. Throws what it throws. */
export async function doOnce(
  part: ConnectedWorkload,
  vars: Vars,
  { timeoutMs, seed }: Pick<Assignment, "timeoutMs" | "seed">,
  work: (vu: VU, io: Io) => Promise<void>,
): Promise<Vars> {
  const [place] = placesOf(part);
  if (place === undefined) throw new Failure("refused", "there is no connection for the setup or the teardown");
  const vu = vuOf(place, structuredClone(vars), seed);
  await work(vu, unmeasured(timeoutMs));
  return vu.vars;
}

function vuOf({ id, sessions }: Pick<VU, "id" | "sessions">, vars: Vars, seed: number): VU {
  const [session] = sessions;
  if (session === undefined) throw new Failure("internal", "a place without a connection");
  return { id, vars, session, sessions, iteration: 0, seed };
}
