import { join, resolve } from "node:path";
import type { ABInfo } from "@apb/core/ab";
import { bindingInfo } from "@apb/core/binding";
import { asFailure, Failure } from "@apb/core/failure";
import { abReporters } from "@apb/report/ab-reporters";
import { createAB, readAB } from "@apb/report/ab-store";
import { writeRunText } from "@apb/report/store";
import { readEnvironment } from "@apb/runner/environment";
import { openScenarioFile } from "@apb/scenario-file/open-file";
import { libraryVersions } from "@apb/wire/versions";
import { Contest } from "./ab-contest.ts";
import { type ABFlags, type ABOrder, abOrderOf, isRestarted, type SideOrder } from "./ab-order.ts";
import { files } from "./catalog.ts";
import { exitCodes } from "./exit-codes.ts";
import { interruption } from "./interruption.ts";
import { isClone } from "./origin.ts";
import { type LiveLine, liveLine } from "./progress.ts";
import { type Given, requireStranger, warnOfLoad } from "./run.ts";
import { requireOutFolder } from "./run-folder.ts";
import { runId } from "./run-info.ts";
import { type Worktrees, worktreesOf } from "./worktrees.ts";

/**
 * The shorter the turns, the more alike is what else the machine does in those of all sides; what is under way at a turn's
 * end costs it some tenths of a millisecond. Between equal servers, a second each, a restart's RPS lay apart by 9% (sd) in turns of
 * 50 ms, by 8% of 20 ms and by 3 to 7% of 10 ms; CPU per call by 7, 5, and 2 to 5%.
 */
const sliceMs = 10;

/** Measures two sides against each other, stores it, prints what was stored. Resolves with the exit code. */
export async function ab(flags: ABFlags, given: Given): Promise<number> {
  const file = given.file === undefined ? null : await openScenarioFile(resolve(given.file), process.env);
  const order = abOrderOf(flags, { file, flags: given.flags });
  const { out, format } = order.a.order;
  await requireOutFolder(out === null ? files.results : resolve(out));
  for (const [name, side] of [["A", order.a] as const, ["B", order.b] as const])
    await requireStranger(side.order).catch((error: unknown) => {
      const { kind, sentence } = asFailure(error);
      throw new Failure(kind, `${name} (${side.label}): ${sentence}`, { cause: error });
    });
  const { signal, release } = interruption("ending the servers, keeping what was measured");
  const shown = liveLine(process.stderr, process.env);
  try {
    const { info, folder } = await contest(order, { shown, signal });
    shown.end();
    const stored = await readAB(folder);
    await writeRunText(folder, "report.md", abReporters.markdown(stored));
    process.stdout.write(`${abReporters[format](stored)}\n`);
    process.stderr.write(`\nstored in ${folder}\n`);
    for (const sentence of info.failures) process.stderr.write(`error: ${sentence}\n`);
    return exitCodeOf(info);
  } finally {
    shown.end();
    release();
  }
}

/** What came of an A/B, and where it is stored. */
export interface Contested {
  readonly info: ABInfo;
  readonly folder: string;
}

/** Carries an A/B out and stores it. */
export async function contest(
  order: ABOrder,
  { shown, signal }: { readonly shown: LiveLine; readonly signal: AbortSignal },
): Promise<Contested> {
  const { out, bindings } = order.a.order;
  const environment = await readEnvironment(isClone ? files.root : null, libraryVersions());
  shown.show("preparing both sides");
  await using trees = await worktreesOf(order, signal);
  warnOfLoad(environment, shown);
  const info = infoOf(order, trees, environment, new Date());
  const store = await createAB(out === null ? join(files.results, info.id) : resolve(out), info);
  const { folder } = store;
  return { info: await new Contest({ order, trees, store, info, shown, signal }).all(bindings), folder };
}

/** B is worse, or not all that was asked for is known of it. */
function exitCodeOf({ exit, outcome }: ABInfo): number {
  if (exit === "interrupted") return exitCodes.interrupted;
  const passed = outcome?.verdict === "better" || outcome?.verdict === "no difference shown";
  return passed ? exitCodes.fine : exitCodes.failed;
}

function infoOf(order: ABOrder, trees: Worktrees, environment: ABInfo["environment"], now: Date): ABInfo {
  const { bindings, profile, seed } = order.a.order;
  const subjectOf = (side: SideOrder): ABInfo["a"] => {
    const { servers, clients } = side.order;
    const commit = trees.of(side)?.commit;
    const who = { label: side.label, server: servers[0] ?? "reference", client: clients[0] ?? "wire" } as const;
    return commit === undefined ? who : { ...who, commit };
  };
  return {
    ...{ schemaVersion: 1, id: runId("ab", now) },
    ...{ a: subjectOf(order.a), b: subjectOf(order.b), control: order.control },
    bindings: Object.fromEntries(bindings.map((binding) => [binding.id, bindingInfo(binding)])),
    ...{ profile, seed, sliceMs, until: order.until, budgetMs: order.budgetMs, environment },
    restarted: isRestarted(order.a) && isRestarted(order.b),
    ...{ startedAt: now.toISOString(), endedAt: null, exit: null, spent: {}, metrics: [], failures: [], outcome: null },
  };
}
