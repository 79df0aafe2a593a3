import { parseArgs } from "node:util";
import { ceilingSection, reachCeilings } from "./ceiling-section.ts";
import { costSection, measureCosts } from "./costs.ts";
import { growthSection, measureGrowth } from "./memory.ts";
import { files, paths } from "./paths.ts";
import { serve } from "./processes.ts";
import { print, runProgram } from "./program.ts";
import { measurePunctuality, punctualitySection } from "./punctuality.ts";

/**
 * The load generator measured by itself: what it can do at most, how punctual it is, what its stopwatch costs, and
 * whether it grows. `--long` watches its memory for 5 minutes; `--quick` only shows that all of it works.
 */
const { values: flags } = parseArgs({
  options: { quick: { type: "boolean", default: false }, long: { type: "boolean", default: false } },
});

const plan = flags.quick
  ? { ceiling: { warmUpMs: 50, windowMs: 150 }, rate: 500, pacedMs: 200, earlyMs: 100, lateMs: 200 }
  : { ceiling: { warmUpMs: 500, windowMs: 1300 }, rate: 500, pacedMs: 1500, earlyMs: 3000, lateMs: 10_000 };
const [earlyMs, lateMs] = flags.long ? [60_000, 300_000] : [plan.earlyMs, plan.lateMs];

await runProgram(async (signal) => {
  const bindings = [...new Set(paths.map(({ binding }) => binding))];
  await using server = await serve(files.nullServer, bindings, signal);
  const ceilings = await reachCeilings(server, plan.ceiling, signal);
  print(ceilingSection(ceilings));
  print(punctualitySection(await measurePunctuality(server, [plan.rate, 4 * plan.rate], plan.pacedMs, signal)));
  const cpuMs = ceilings.flatMap(({ ceiling }) => ("missing" in ceiling ? [] : [ceiling.cpuMsPerOperation]));
  print(costSection(await measureCosts(flags.quick), Math.min(...cpuMs)));
  print(growthSection(await measureGrowth(server, earlyMs, lateMs, signal)));
});
