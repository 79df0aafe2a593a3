import { messageSize } from "@apb/benchmarks/message-size";
import { profiles } from "@apb/benchmarks/profiles";
import type { ClientKind } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { defaultMaxInFlight, type Executor, whole } from "@apb/core/load";
import { pointLoad } from "@apb/core/points";
import type { Point, Profile } from "@apb/core/scenario";
import { StepTotals, Totals } from "@apb/core/totals";
import type { Assignment, Closed } from "@apb/generator/channel";
import type { Connected } from "@apb/generator/connected";
import type { Generator } from "@apb/runner/generator";
import type { ServerProcess } from "@apb/runner/server";
import { machineMs } from "@apb/runner/usage-series";
import { bodyBytes, users } from "./paths.ts";

/** What is put on a server, by one client: the message-size scenario with bodies of {@link bodyBytes}. */
export interface Strain {
  readonly server: Pick<ServerProcess, "urls">;
  readonly binding: string;
  readonly client: ClientKind;
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** Arrivals a second; null for as many as there can be. */
  readonly perSecond: number | null;
  /** Connections, and users of a closed load; absent means as many as everywhere here. */
  readonly connections?: number;
  /** What takes longer fails; absent means 10 s. */
  readonly timeoutMs?: number;
}

/** What came of it: every request was answered. */
export interface Strained {
  readonly connected: Connected;
  readonly totals: Totals;
  /** The iterations, of which at least one succeeded. */
  readonly total: StepTotals;
  readonly closed: Closed;
  /** The window as it was, on the machine's clock. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The word to begin takes a moment to arrive. */
const startDelayMs = 20;
const usualTimeoutMs = 10_000;

/**
 * Connects, drives, disconnects: the same calls `bench run` makes of a generator. `opening` is told before the load begins
 * when its window will open, on the machine's clock. Throws `unsupported` for a client that a transport does not have, and
 * for anything that went wrong: here every request is answered, or the number is worth nothing.
 */
export async function strain(
  generator: Generator,
  what: Strain,
  opening: (fromMs: number) => void = () => undefined,
): Promise<Strained> {
  try {
    const connected = await generator.connect(assignmentOf(what));
    requireConnections(connected);
    const startAtMs = machineMs() + startDelayMs;
    const fromMs = startAtMs + what.warmUpMs;
    opening(fromMs);
    const totals = new Totals();
    const driving = generator.drive({ startAtMs, warmUpMs: what.warmUpMs });
    for await (const snapshot of driving.seconds) totals.add(snapshot);
    const closed = await driving.closed;
    const total = requireSuccess(totals, closed);
    return { connected, totals, total, closed, fromMs, untilMs: fromMs + totals.windowMs };
  } finally {
    await generator.disconnect().catch(() => undefined);
  }
}

function requireConnections({ asked, held, failures, firstFailure }: Connected): void {
  if (held === asked) return;
  throw new Failure(failures.unsupported ? "unsupported" : "refused", firstFailure ?? "no connection could be opened");
}

function requireSuccess(totals: Totals, { failed, iterations }: Closed): StepTotals {
  const total = totals.step("total") ?? new StepTotals();
  if (failed === 0 && total.response.count > 0 && totals.counts().completed > 0) return total;
  const kinds = Object.keys(total.failures).join(", ");
  throw new Failure("rejected", `${failed} of ${iterations} iterations failed: ${kinds || "none ended in time"}`);
}

function assignmentOf(what: Strain): Assignment {
  const { server, binding, client, timeoutMs = usualTimeoutMs } = what;
  const point = pointOf(what);
  return {
    ...{ binding, url: server.urls[binding] ?? "", client, timeoutMs },
    ...{ scenario: messageSize.name, profile: profileOf(what), params: point.params, load: pointLoad(point) },
    share: whole,
    seed: 1,
  };
}

/** The point of the scenario that this is. */
export function pointOf(what: Strain): Point {
  return messageSize.points(profileOf(what))[0] as Point;
}

/** The profile by which `bench run` would put this on a server. */
function profileOf({ warmUpMs, windowMs, perSecond, connections = users }: Strain): Profile {
  const executor: Executor =
    perSecond === null
      ? { executor: "constant-vus", vus: connections, durationMs: windowMs }
      : { executor: "constant-arrival-rate", perSecond, durationMs: windowMs, maxInFlight: defaultMaxInFlight };
  return { ...(profiles.smoke as Profile), warmUpMs, windowMs, sizesBytes: [bodyBytes], vus: connections, executor };
}

/** CPU time of the generator in the window, in milliseconds. */
export function generatorCpuMs({ totals }: Strained): number {
  return Object.values(totals.processes).reduce((sum, { cpuNs }) => sum + cpuNs / 1e6, 0);
}
