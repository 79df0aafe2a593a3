import { parseArgs } from "node:util";
import { messageSize } from "@apb/benchmarks/message-size";
import type { Verdict } from "@apb/core/cell";
import { StepRecorder } from "@apb/core/recorder";
import type { Case } from "@apb/core/scenario";
import { duration } from "@apb/report/format";
import type { Driven, Generator } from "@apb/runner/generator";
import type { ServerProcess } from "@apb/runner/server";
import { summarise } from "@apb/runner/summary";
import { generate, type Load, load, profileOf, serve } from "./load.ts";
import { files, users } from "./paths.ts";
import { print, runProgram, say } from "./program.ts";
import { agrees, closedStallSection, openStallSection, stallLines, type VerdictLine } from "./stall-section.ts";
import { expectationOf, type Stall } from "./stall-theory.ts";
import { loadWithStall } from "./standstill.ts";

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
interface Bench {
  readonly server: ServerProcess;
  readonly generator: Generator;
  readonly signal: AbortSignal;
}

/** A load of the plan, with time to spare for what meets the stall. */
function loadOn({ server }: Bench, perSecond: number | null, windowMs: number): Load {
  const { warmUpMs } = plan;
  return { server, binding, client, warmUpMs, windowMs, perSecond, timeoutMs: 2 * plan.windowMs };
}

/** What `bench run` would think of this load. */
function verdictOf(what: Load, driven: Driven): Verdict {
  const [work] = messageSize.cases(profileOf(what)) as readonly [Case];
  const id = { scenario: messageSize.name, case: work.params, binding, client, server: "reference", round: 1 } as const;
  const step = new StepRecorder().result();
  const connected = { asked: users, held: users, failures: {}, firstFailure: null, step };
  const unknown = {
    server: null,
    noPidReason: "not asked for",
    serverCalls: null,
    ceiling: null,
    agentDelayMs: 0,
    deviations: [],
  };
  return summarise({ id, work }, { connected, driven, warmUpMs: what.warmUpMs, ...unknown }).verdict;
}

/** The open load, first calm and then stopped, beside the theory. */
async function openStall(bench: Bench, capacityPerSecond: number): Promise<{ line: VerdictLine; isRight: boolean }> {
  const { generator, server, signal } = bench;
  const { perSecond, windowMs } = plan;
  say(`open load of ${perSecond} a second, calm`);
  const { total } = (await load(generator, loadOn(bench, perSecond, plan.beforeMs))).steps;
  const calm = { responseMs: total?.responseMs?.mean ?? Number.NaN, serviceMs: total?.serviceMs?.mean ?? Number.NaN };
  say(`open load of ${perSecond} a second, stopped for ${duration(plan.stallMs)}`);
  const what = loadOn(bench, perSecond, windowMs);
  const { driven, stallMs } = await loadWithStall(generator, server.pid, what, plan.stallMs, signal);
  const stall: Stall = { perSecond, windowMs, stallMs, capacityPerSecond, connections: users, calm };
  const expectation = expectationOf(stall);
  const lines = stallLines(expectation, driven);
  print(openStallSection(stall, expectation, lines, driven.lateStartP99Ms));
  const line = { what: "open, stopped", driven, verdict: verdictOf(what, driven) };
  return { line, isRight: lines.every(agrees) };
}

await runProgram(async (signal) => {
  await using server = await serve(files.referenceServer, [binding], signal);
  await using generator = generate(signal);
  const bench: Bench = { server, generator, signal };
  say(`closed load of ${users} users, calm`);
  const calmly = loadOn(bench, null, plan.beforeMs);
  const calm = await load(generator, calmly);
  const open = await openStall(bench, (1000 * calm.completed) / calm.windowMs);
  say(`closed load of ${users} users, stopped for ${duration(plan.stallMs)}`);
  const what = loadOn(bench, null, plan.windowMs);
  const { driven, stallMs } = await loadWithStall(generator, server.pid, what, plan.stallMs, signal);
  const closed = verdictOf(what, driven);
  print(
    closedStallSection(users, stallMs, [
      { what: "closed, calm", driven: calm, verdict: verdictOf(calmly, calm) },
      { what: "closed, stopped", driven, verdict: closed },
      open.line,
    ]),
  );
  const isMarked = closed.findings.some(({ kind }) => kind === "stalled");
  if (!flags.quick && !(open.isRight && isMarked)) process.exitCode = 1;
});
