import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ABMetric } from "@apb/core/ab";
import { asFailure, Failure } from "@apb/core/failure";
import { readAB } from "@apb/report/ab-store";
import { change } from "@apb/report/format";
import { selfTestOf, selfTestText, type Trial } from "@apb/report/selftest";
import { writeRunText } from "@apb/report/store";
import { median } from "@apb/stats/median";
import { contest } from "./ab.ts";
import { type ABFlags, abOrderOf } from "./ab-order.ts";
import { sideSetting } from "./ab-settings.ts";
import { defaultBindings, files } from "./catalog.ts";
import { exitCodes } from "./exit-codes.ts";
import { interruption } from "./interruption.ts";
import { type LiveLine, liveLine } from "./progress.ts";
import { requireOutFolder } from "./run-folder.ts";
import { runId } from "./run-info.ts";

/** The flags of `selftest`. */
export interface SelfTestFlags {
  readonly binding?: readonly string[];
  /** A/Bs of equal servers, and of one that is slower, for each binding. */
  readonly runs: number;
  readonly slowRuns: number;
  /** As a fraction of CPU per call. */
  readonly slowdown: number;
  readonly budget: number;
  readonly until?: number;
  readonly seed: number;
  readonly out?: string;
  readonly format: "table" | "json";
}

/** Measures what `ab` is worth on this machine, stores and prints it. Resolves with the exit code. */
export async function selftest(flags: SelfTestFlags): Promise<number> {
  const { binding = defaultBindings, out, format } = flags;
  const folder = out === undefined ? join(files.results, runId("selftest", new Date())) : resolve(out);
  await requireOutFolder(folder);
  await mkdir(folder, { recursive: true });
  const { signal, release } = interruption("ending the servers, keeping what was measured");
  const shown = liveLine(process.stderr, process.env);
  const trials: Trial[] = [];
  try {
    for (const turn of schedule(binding, flags)) {
      if (signal.aborted) break;
      try {
        const trial = await tried(turn, flags, trials, { folder, shown, signal });
        if (trial !== null) trials.push(trial);
      } catch (error) {
        // One that could not be made takes nothing from the others.
        shown.note(`warning: ${turn.id}, ${turn.kind} ${turn.n}: ${asFailure(error).sentence}`);
      }
    }
    shown.end();
    const test = selfTestOf(trials);
    await writeRunText(folder, "selftest.json", JSON.stringify({ schemaVersion: 1, ...flags, ...test }, null, 2));
    const text = format === "json" ? JSON.stringify(test, null, 2) : selfTestText(test, flags.slowdown);
    process.stdout.write(`${text}\n`);
    process.stderr.write(`\nstored in ${folder}\n`);
    return signal.aborted ? exitCodes.interrupted : exitCodes.fine;
  } finally {
    shown.end();
    release();
  }
}

/** Makes one A/B and tells what it came to; null for one that was not made whole. */
async function tried(
  turn: Turn,
  flags: SelfTestFlags,
  before: readonly Trial[],
  { folder, shown, signal }: Readonly<{ folder: string; shown: LiveLine; signal: AbortSignal }>,
): Promise<Trial | null> {
  const { id, kind, n } = turn;
  const workMs = kind === "equal" ? 0 : flags.slowdown * cpuMsOf(before, id);
  const out = join(folder, `${id.replaceAll("/", "-")}-${kind}-${n}`);
  const order = abOrderOf(abFlags(flags, turn, { workMs, out }), { file: null, flags: new Set() });
  shown.show(`${id}, ${kind} ${n}`);
  const { info } = await contest(order, { shown, signal });
  if (info.exit !== "completed") return null;
  for (const sentence of info.failures) shown.note(`warning: ${sentence}`);
  const judged = info.metrics.filter((metric) => metric.judged);
  shown.note(`${id}, ${kind} ${n}: ${judged.map(briefly).join("; ")}`);
  return { kind, binding: id, ab: await readAB(out) };
}

/** One A/B to do: the how-manieth of its kind for a binding. */
interface Turn {
  readonly id: string;
  readonly kind: Trial["kind"];
  readonly n: number;
}

/** Bindings and kinds by turns, so that what the machine does meanwhile is in all of them; equal ones first, by which the slowdown is measured out. */
function schedule(bindings: readonly string[], { runs, slowRuns }: SelfTestFlags): readonly Turn[] {
  return Array.from({ length: Math.max(runs, slowRuns) }, (_, n) => n + 1).flatMap((n) =>
    bindings.flatMap((id) => [
      ...(n <= runs ? [{ id, kind: "equal", n } as const] : []),
      ...(n <= slowRuns ? [{ id, kind: "slower", n } as const] : []),
    ]),
  );
}

/** The server's CPU time of a call, by what was measured of it so far. */
function cpuMsOf(trials: readonly Trial[], id: string): number {
  const known = trials.flatMap(({ binding, ab }) => {
    if (binding !== id) return [];
    const value = ab.info.metrics.find(({ metric }) => metric === "cpuMsPerOperation")?.a ?? null;
    return value === null ? [] : [value];
  });
  if (known.length === 0)
    throw new Failure(
      "environment",
      `the CPU time of ${id}'s server is not known here, so that none can be added to it`,
    );
  return median(known);
}

function abFlags(
  { budget, until, seed }: SelfTestFlags,
  { id, kind, n }: Turn,
  { workMs, out }: { readonly workMs: number; readonly out: string },
): ABFlags {
  return {
    ...{ binding: [id], profile: "ab", client: ["wire"], timeout: 10_000, delay: 0, work: 0, format: "table", out },
    ...{ seed: seed + 1000 * n, budget, control: true },
    ...(until === undefined ? {} : { until }),
    b: sideSetting(kind === "equal" ? "server=reference" : `work=${workMs.toFixed(6)}ms`),
  };
}

function briefly({ metric, ratio, verdict }: ABMetric): string {
  return ratio === null ? `${metric} ${verdict}` : `${metric} ${change(ratio - 1)} ${verdict}`;
}
