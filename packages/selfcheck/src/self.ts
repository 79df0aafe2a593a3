import { parseArgs } from "node:util";
import { ceilingSection, measureCeilings } from "./ceiling.ts";
import { costSection, measureCosts } from "./costs.ts";
import { serve } from "./load.ts";
import { growthSection, measureGrowth } from "./memory.ts";
import { files, paths } from "./paths.ts";
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
  ? { ceiling: { warmUpMs: 10, windowMs: 50 }, rate: 500, pacedMs: 50, earlyMs: 50, lateMs: 100 }
  : { ceiling: { warmUpMs: 500, windowMs: 1300 }, rate: 500, pacedMs: 1500, earlyMs: 3000, lateMs: 10_000 };
const [earlyMs, lateMs] = flags.long ? [60_000, 300_000] : [plan.earlyMs, plan.lateMs];

await runProgram(async (signal) => {
  const bindings = [...new Set(paths.map(({ binding }) => binding))];
  await using server = await serve(files.nullServer, bindings, signal);
  const ceilings = await measureCeilings(server, plan.ceiling, signal);
  print(ceilingSection(ceilings));
  print(punctualitySection(await measurePunctuality(server, [plan.rate, 4 * plan.rate], plan.pacedMs, signal)));
  const cpuMs = ceilings.flatMap(({ ceiling }) => ("missing" in ceiling ? [] : [ceiling.cpuMsPerOperation]));
  print(costSection(await measureCosts(flags.quick), Math.min(...cpuMs)));
  print(growthSection(await measureGrowth(server, earlyMs, lateMs, signal)));
});
