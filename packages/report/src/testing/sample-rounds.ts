import type { CellId, Measured } from "@apb/core/cell";
import type { Run, RunInfo } from "@apb/core/run";
import { enoughRounds } from "../rounds.ts";
import { sampleCell, sampleInfo, sampleRun, sampleStep } from "./sample-run.ts";

/** Fixture of the tests: cells in as many rounds as are judged. */

/** A cell in six rounds of these parts, or of those of each. */
export function sampleRounds(
  parts: Partial<Measured> | ((round: number) => Partial<Measured>) = {},
  id: Partial<CellId> = {},
): readonly Measured[] {
  return Array.from({ length: enoughRounds }, (_, n) =>
    sampleCell({ ...id, round: n + 1 }, typeof parts === "function" ? parts(n + 1) : parts),
  );
}

/** A run of six rounds. */
export function sampleNight(results: Run["results"], info: Partial<RunInfo> = {}): Run {
  return sampleRun(results, { profile: { ...sampleInfo().profile, rounds: enoughRounds }, ...info });
}

/** A server's sample usage. */
export const sampleUsage = serverOf(sampleCell());

function serverOf({ server }: Measured): NonNullable<Measured["server"]> {
  if (server === null) throw new TypeError("expected a sample with a server");
  return server;
}

/** Hundred iterations that took this long. */
export function taking(ms: number): Pick<Measured, "steps"> {
  return { steps: { total: sampleStep(Array.from({ length: 100 }, () => ms)) } };
}

/** What a server that is so many times slower does to a cell: its times, RPS and CPU. */
export function slower(times: number): Partial<Measured> {
  return {
    ...taking(times),
    operationsPerSecond: 5000 / times,
    server: { ...sampleUsage, cpuMsPerOperation: 0.16 * times },
  };
}
