import { join, relative } from "node:path";
import type { ABCell, ABInfo, ABMetric, ABSide } from "@apb/core/ab";
import type { Binding } from "@apb/core/binding";
import { type CellResult, caseLabel } from "@apb/core/cell";
import { asFailure, Failure } from "@apb/core/failure";
import { shuffled } from "@apb/core/random";
import { abMetrics, costIn, fewestRestarts, halfWidth, outcomeOf } from "@apb/report/ab";
import type { ABStore } from "@apb/report/ab-store";
import { counted, duration } from "@apb/report/format";
import { openFilesLimit } from "@apb/runner/environment";
import type { MeasureOptions } from "@apb/runner/events";
import { startSides } from "@apb/runner/generator-process";
import type { Group } from "@apb/runner/plan";
import { measureAbreast, type SideOfAB } from "@apb/runner/sides";
import { usageReader } from "@apb/runner/usage";
import type { ABOrder, SideOrder } from "./ab-order.ts";
import { files } from "./catalog.ts";
import { discreetEvent, maskingOf, type Secrets, secretsOf } from "./discreet.ts";
import type { LiveLine } from "./progress.ts";
import { planOf } from "./run.ts";
import { startSubject } from "./subject.ts";
import type { Worktrees } from "./worktrees.ts";

/** A binding whose restarts fail this often in a row is given up. */
const mostFailures = 2;

/** What an A/B is measured with. */
export interface Stage {
  readonly order: ABOrder;
  readonly trees: Worktrees;
  readonly store: ABStore;
  readonly info: ABInfo;
  readonly shown: LiveLine;
  readonly signal: AbortSignal;
}

/** The bindings one after the other, each restarted until enough is known or its budget is spent. */
export class Contest {
  private readonly stage: Stage;
  private readonly cells: ABCell[] = [];
  private readonly failures: string[] = [];
  private info: ABInfo;

  constructor(stage: Stage) {
    this.stage = stage;
    this.info = stage.info;
  }

  /** Resolves with what is stored at the end; a full disk ends it with what was measured named. */
  async all(bindings: readonly Binding[]): Promise<ABInfo> {
    const { store, signal, order } = this.stage;
    try {
      for (const binding of bindings) {
        if (signal.aborted) break;
        await this.binding(binding, 1);
        const worse = this.judged(binding).filter(({ verdict }) => verdict === "worse");
        if (order.confirm && worse.length > 0 && !signal.aborted) await this.confirm(binding, worse);
      }
      await this.write(signal.aborted ? "interrupted" : "completed");
    } catch (error) {
      // Best effort: what broke it, such as a full disk, may forbid this too.
      await this.write("failed").catch(() => undefined);
      const { kind, sentence } = asFailure(error);
      const said = maskingOf(this.secrets())(sentence);
      throw new Failure(kind, `${said}; what was measured is in ${store.folder}`, { cause: error });
    }
    return this.info;
  }

  /** Measures a binding once more whose B came out worse: that stands where it is so again, or cannot be told. */
  private async confirm(binding: Binding, worse: readonly ABMetric[]): Promise<void> {
    await this.binding(binding, (this.info.spent[binding.id]?.restarts ?? 0) + 1);
    const again = this.judged(binding);
    const untold = worse.filter(({ metric, load, case: params }) =>
      again.every(
        (one) =>
          one.metric !== metric ||
          one.load !== load ||
          caseLabel(one.case) !== caseLabel(params) ||
          one.verdict === "not judged",
      ),
    );
    for (const { sentence } of untold)
      this.failures.push(`${binding.id} came out worse, and could not be judged once more: ${sentence}`);
  }

  private async write(exit: ABInfo["exit"]): Promise<void> {
    const metrics = abMetrics(this.cells, this.info);
    const { failures } = this;
    const outcome = outcomeOf(metrics, failures);
    this.info = { ...this.info, metrics, failures, outcome, endedAt: new Date().toISOString(), exit };
    await this.stage.store.writeInfo(this.info);
  }

  private judged({ id }: Binding): readonly ABMetric[] {
    return abMetrics(this.cells, this.info).filter(({ binding, judged }) => binding === id && judged);
  }

  /** One binding, its restarts counted on from `from`. */
  private async binding(binding: Binding, from: number): Promise<void> {
    const { order, signal, shown } = this.stage;
    const groups = await groupsOf(order, binding);
    if (groups === null) {
      this.failures.push(`${binding.id}: one of the sides cannot be measured`);
      return;
    }
    if (order.restarts === null) shown.note(`${binding.id}: up to ${duration(order.budgetMs)}`);
    const began = performance.now();
    const spentMs = (): number => performance.now() - began;
    const before = this.info.spent[binding.id]?.ms ?? 0;
    let longestMs = 0;
    let checked = from > 1;
    /** Restarts that failed one after the other, and all that failed at B alone, with what it said first. */
    let inARow = 0;
    const ofB: string[] = [];
    for (let restart = from; this.goesOn(binding, restart - from, spentMs() + longestMs); restart++) {
      const startedMs = spentMs();
      const failed = await this.restart(groups, restart, !checked);
      if (signal.aborted) return;
      checked ||= failed.length === 0;
      longestMs = Math.max(longestMs, spentMs() - startedMs);
      this.info = {
        ...this.info,
        spent: { ...this.info.spent, [binding.id]: { restarts: restart, ms: Math.round(before + spentMs()), from } },
      };
      const [first] = failed;
      inARow = first === undefined ? 0 : inARow + 1;
      if (first === undefined) continue;
      shown.note(`${binding.id}, restart ${restart}: ${first.reason}`);
      if (first.side === "b") ofB.push(first.reason);
      if (inARow < mostFailures) continue;
      this.failures.push(`${binding.id} was given up: ${first.reason}`);
      return;
    }
    if (ofB.length > 0) this.failures.push(`${binding.id}: B failed in ${counted(ofB.length, "restart")}: ${ofB[0]}`);
  }

  /** Whether a further restart is wanted and fits into the budget. */
  private goesOn(binding: Binding, done: number, untilMs: number): boolean {
    const { order, signal, shown } = this.stage;
    if (signal.aborted) return false;
    if (order.restarts !== null) return done < order.restarts;
    if (done === 0) return true;
    shown.show(`${binding.id}: ${done} restarts, ${Math.round(untilMs / 1000)} of ${order.budgetMs / 1000} s`);
    return untilMs <= order.budgetMs && !this.isEnough(binding);
  }

  /** Whether every judged interval is as narrow as was asked for, of restarts enough to show anything. */
  private isEnough(binding: Binding): boolean {
    const { until, a } = this.stage.order;
    if (until === null) return false;
    const judged = this.judged(binding);
    const tested = costIn(judged).filter((metric) => metric.a !== null && metric.b !== null);
    const fewest = fewestRestarts(tested.length * a.order.bindings.length);
    return tested.every(({ restarts }) => restarts >= fewest) && halfWidth(judged) <= until;
  }

  /** All servers and the generator started anew, once for each group of cells. Resolves with what failed, the first first. */
  private async restart(groups: readonly GroupsOfSides[], restart: number, check: boolean): Promise<readonly Failed[]> {
    const { order, signal } = this.stage;
    const abreast = {
      generate: (sides: number) => startSides(files.generator, sides),
      sliceMs: this.info.sliceMs,
      signal,
    };
    const failed: Failed[] = [];
    for (const { a, b } of groups) {
      const all: readonly (readonly [ABSide, SideOrder, Group])[] = [
        ["a", order.a, a],
        ["b", order.b, b],
        ...(order.control ? ([["control", order.a, a]] as const) : []),
      ];
      // Who is started and connected first may fare better for it: each restart it is somebody else.
      const sides = shuffled(all, order.a.order.seed + restart);
      const measured = sides.map(([, side, group]) => this.sideOf(side, group, restart, check));
      for await (const { side, event } of measureAbreast(measured, abreast)) {
        const name = sides[side]?.[0];
        if (event.kind !== "cell" || name === undefined) continue;
        const told = discreetEvent(event, this.secrets());
        if (told.kind !== "cell") continue;
        await this.take({ ...numbered(told.result, restart), side: name });
        if (told.result.status === "failed") {
          const who = name === "control" ? "the control" : name.toUpperCase();
          failed.push({ side: name, reason: `${who}: ${told.result.reason}` });
        }
      }
      if (failed.length > 0 || signal.aborted) break;
    }
    return failed;
  }

  private async take(cell: ABCell): Promise<void> {
    this.cells.push(cell);
    await this.stage.store.append(cell);
  }

  private secrets(): Secrets {
    const both = [this.stage.order.a, this.stage.order.b].map(({ order }) => secretsOf(order));
    return { urls: both.flatMap(({ urls }) => urls), words: both.flatMap(({ words }) => words) };
  }

  private sideOf(side: SideOrder, group: Group, restart: number, check: boolean): SideOfAB {
    const { order, nodeFlags } = side;
    const { trees, signal } = this.stage;
    const tree = trees.of(side);
    const inTree = (file: string): string => (tree === null ? file : join(tree.folder, relative(files.root, file)));
    const entries = { server: inTree(files.server), sessionServer: inTree(files.sessionServer) };
    const { profile, timeoutMs, maxReplyBytes, headers, seed, delayMs, file } = order;
    const options: MeasureOptions = {
      ...{ profile, timeoutMs, maxReplyBytes, headers, generators: 1, seed: seed + restart, thresholds: [] },
      ...(file === null ? {} : { file: { path: file.path, sha256: file.sha256 } }),
      ...{ agentDelayMs: delayMs, bindings: this.info.bindings, ceilings: [], signal },
      noPidReason: "the server is not ours; give its process id with pid= to have its memory and CPU",
      ...(check ? {} : { checked: true }),
    };
    const isOthers = order.target !== null || order.command !== null;
    return {
      ...{ group, options },
      equipment: {
        serve: (binding, kind, heeded) => startSubject(binding, kind, { ...order, entries, nodeFlags }, heeded),
        usageOf: (pid) => usageReader(pid, { tree: isOthers }),
      },
    };
  }
}

/** A side whose cell failed, and what it says. */
interface Failed {
  readonly side: ABSide;
  readonly reason: string;
}

/** The same cells of both sides. */
interface GroupsOfSides {
  readonly a: Group;
  readonly b: Group;
}

/** What is measured in one restart; null where a side cannot be measured. */
async function groupsOf({ a, b }: ABOrder, binding: Binding): Promise<readonly GroupsOfSides[] | null> {
  const [left, right] = [await planned(a, binding), await planned(b, binding)];
  const pairs = left.flatMap((group, n) => {
    const other = right[n];
    return other === undefined ? [] : [{ a: group, b: other }];
  });
  return pairs.length === 0 ? null : pairs;
}

async function planned({ order }: SideOrder, binding: Binding): Promise<readonly Group[]> {
  const once = { ...order, bindings: [binding], profile: { ...order.profile, rounds: 1 } };
  return planOf(once, await openFilesLimit()).groups;
}

/** A cell with the restart as its round. */
function numbered(result: CellResult, restart: number): CellResult {
  return { ...result, cell: { ...result.cell, round: restart } };
}
