import { parseArgs } from "node:util";
import { messageSize } from "@apb/benchmarks/message-size";
import { pointLoad } from "@apb/core/points";
import { StepTotals } from "@apb/core/totals";
import { duration } from "@apb/report/format";
import type { Generator } from "@apb/runner/generator";
import type { ServerProcess } from "@apb/runner/server";
import { summarise } from "@apb/runner/summary";
import { files, users } from "./paths.ts";
import { generate, serve } from "./processes.ts";
import { print, runProgram, say } from "./program.ts";
import { agrees, closedStallSection, openStallSection, stallLines, type VerdictLine } from "./stall-section.ts";
import { expectationOf, type Stall } from "./stall-theory.ts";
import { strainWithStall } from "./standstill.ts";
import { pointOf, type Strain, type Strained, strain } from "./strain.ts";

/**
 * A server that is stopped in the middle of a load: whether an open load measures what must follow, and whether a closed
 * one, which cannot, is at least marked. Exit code 1 when not. `--quick` only shows that it works.
 */
const { values: flags } = parseArgs({ options: { quick: { type: "boolean", default: false } } });

const binding = "acp/rest";
const client = "wire";

/** Windows and stall; of the requests less than one in a hundred may meet the stall on its connection. */
const plan = flags.quick
  ? { perSecond: 400, warmUpMs: 100, beforeMs: 300, windowMs: 3000, stallMs: 1000 }
  : { perSecond: 200, warmUpMs: 1000, beforeMs: 3000, windowMs: 30_000, stallMs: 10_000 };

/** The server, who asks it, and what ends them. */
interface Scene {
  readonly server: ServerProcess;
  readonly generator: Generator;
  readonly signal: AbortSignal;
}

/** A load of the plan, with time to spare for what meets the stall. */
function strainOn({ server }: Scene, perSecond: number | null, windowMs: number): Strain {
  const { warmUpMs } = plan;
  return { server, binding, client, warmUpMs, windowMs, perSecond, timeoutMs: 2 * plan.windowMs };
}

/** What `bench run` would store of this load, and think of it. */
function lineOf(name: string, what: Strain, { connected, totals, closed }: Strained): VerdictLine {
  const point = pointOf(what);
  const who = { binding, client, server: "reference", security: "plain", round: 1 } as const;
  const id = { scenario: messageSize.name, case: point.params, load: pointLoad(point), ...who };
  const connect = new StepTotals();
  connect.add(connected.step);
  const { load, iterationsPerSecond, steps, verdict } = summarise(
    { id, point },
    {
      ...{ connected, connect, totals, closed, warmUpMs: what.warmUpMs },
      ...{
        partial: null,
        usage: null,
        held: null,
        noPidReason: "not asked for",
        serverCalls: null,
        callsMissing: null,
      },
      ...{ ceiling: null, thresholds: [], agentDelayMs: 0, deviations: [] },
    },
  );
  const responseMs = steps.total?.responseMs ?? null;
  return { what: name, windowMs: load.durationMs, iterationsPerSecond, responseMs, verdict };
}

/** The open load, first calm and then stopped, beside the theory. */
async function openStall(scene: Scene, capacityPerSecond: number): Promise<{ line: VerdictLine; isRight: boolean }> {
  const { generator, server, signal } = scene;
  const { perSecond, windowMs } = plan;
  say(`open load of ${perSecond} a second, calm`);
  const { response, service } = (await strain(generator, strainOn(scene, perSecond, plan.beforeMs))).total;
  const calm = { responseMs: response.meanMs ?? Number.NaN, serviceMs: service.meanMs ?? Number.NaN };
  say(`open load of ${perSecond} a second, stopped for ${duration(plan.stallMs)}`);
  const what = strainOn(scene, perSecond, windowMs);
  const { strained, stallMs } = await strainWithStall(generator, server.pid, what, plan.stallMs, signal);
  const stall: Stall = { perSecond, windowMs, stallMs, capacityPerSecond, connections: users, calm };
  const expectation = expectationOf(stall);
  const lines = stallLines(expectation, strained.total);
  print(openStallSection(stall, expectation, lines, strained.totals.late.percentileMs(99) ?? 0));
  return { line: lineOf("open, stopped", what, strained), isRight: lines.every(agrees) };
}

await runProgram(async (signal) => {
  await using server = await serve(files.referenceServer, [binding], signal);
  await using generator = generate(signal);
  const scene: Scene = { server, generator, signal };
  say(`closed load of ${users} users, calm`);
  const calmly = strainOn(scene, null, plan.beforeMs);
  const calm = lineOf("closed, calm", calmly, await strain(generator, calmly));
  const open = await openStall(scene, calm.iterationsPerSecond);
  say(`closed load of ${users} users, stopped for ${duration(plan.stallMs)}`);
  const what = strainOn(scene, null, plan.windowMs);
  const { strained, stallMs } = await strainWithStall(generator, server.pid, what, plan.stallMs, signal);
  const stopped = lineOf("closed, stopped", what, strained);
  print(closedStallSection(users, stallMs, [calm, stopped, open.line]));
  const isMarked = stopped.verdict.findings.some(({ kind }) => kind === "stalled");
  if (!flags.quick && !(open.isRight && isMarked)) process.exitCode = 1;
});
