import { join, relative } from "node:path";
import type { ABCell, ABInfo, ABMetric, ABSide } from "@apb/core/ab";
import type { Binding } from "@apb/core/binding";
import type { CellResult } from "@apb/core/cell";
import { asFailure, Failure } from "@apb/core/failure";
import { shuffled } from "@apb/core/random";
import { abMetrics, fewestRestarts, halfWidth } from "@apb/report/ab";
import type { ABStore } from "@apb/report/ab-store";
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
  async all(bindings: readonly Binding[]): Promise<{ readonly info: ABInfo; readonly failures: readonly string[] }> {
    const { store, signal, order } = this.stage;
    try {
      for (const binding of bindings) {
        if (signal.aborted) break;
        await this.binding(binding, 1);
        const worse = this.judged(binding).some(({ verdict }) => verdict === "worse");
        const next = (this.info.spent[binding.id]?.restarts ?? 0) + 1;
        if (order.confirm && worse && !signal.aborted) await this.binding(binding, next);
      }
      await this.write(signal.aborted ? "interrupted" : "completed");
    } catch (error) {
      // Best effort: what broke it, such as a full disk, may forbid this too.
      await this.write("failed").catch(() => undefined);
      const { kind, sentence } = asFailure(error);
      const said = maskingOf(this.secrets())(sentence);
      throw new Failure(kind, `${said}; what was measured is in ${store.folder}`, { cause: error });
    }
    return { info: this.info, failures: this.failures };
  }

  private async write(exit: ABInfo["exit"]): Promise<void> {
    const metrics = abMetrics(this.cells, this.info);
    this.info = { ...this.info, metrics, endedAt: new Date().toISOString(), exit };
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
      this.failures.push(`${binding.id}: neither side can be measured`);
      return;
    }
    const began = performance.now();
    const spentMs = (): number => performance.now() - began;
    const before = this.info.spent[binding.id]?.ms ?? 0;
    let longestMs = 0;
    let failed = 0;
    for (let restart = from; this.goesOn(binding, restart - from, spentMs() + longestMs); restart++) {
      const startedMs = spentMs();
      const failure = await this.restart(groups, restart, restart === 1);
      if (signal.aborted) return;
      longestMs = Math.max(longestMs, spentMs() - startedMs);
      this.info = {
        ...this.info,
        spent: { ...this.info.spent, [binding.id]: { restarts: restart, ms: Math.round(before + spentMs()), from } },
      };
      failed = failure === null ? 0 : failed + 1;
      if (failure !== null) shown.note(`${binding.id}, restart ${restart}: ${failure}`);
      if (failed === mostFailures && failure !== null) {
        this.failures.push(`${binding.id} was given up: ${failure}`);
        return;
      }
    }
  }

  /** Whether a further restart is wanted and fits into the budget. */
  private goesOn(binding: Binding, done: number, untilMs: number): boolean {
    const { order, signal, shown } = this.stage;
    if (signal.aborted) return false;
    if (order.restarts !== null) return done < order.restarts;
    const tested = this.judged(binding).filter(({ metric }) => metric !== "errors").length;
    const enough = order.until !== null && done >= fewestRestarts(tested * order.a.order.bindings.length);
    if (done > 0)
      shown.show(`${binding.id}: ${done} restarts, ${Math.round(untilMs / 1000)} of ${order.budgetMs / 1000} s`);
    if (enough && halfWidth(this.judged(binding)) <= (order.until ?? 0)) return false;
    return done === 0 || untilMs <= order.budgetMs;
  }

  /** All servers and the generator started anew, once for each group of cells. Resolves with what failed, null for nothing. */
  private async restart(groups: readonly GroupsOfSides[], restart: number, first: boolean): Promise<string | null> {
    const { order, signal } = this.stage;
    const abreast = {
      generate: (sides: number) => startSides(files.generator, sides),
      sliceMs: this.info.sliceMs,
      signal,
    };
    let failure: string | null = null;
    for (const { a, b } of groups) {
      const all: readonly (readonly [ABSide, SideOrder, Group])[] = [
        ["a", order.a, a],
        ["b", order.b, b],
        ...(order.control ? ([["control", order.a, a]] as const) : []),
      ];
      // Who is started and connected first may fare better for it: each restart it is somebody else.
      const sides = shuffled(all, order.a.order.seed + restart);
      const measured = sides.map(([, side, group]) => this.sideOf(side, group, restart, first));
      for await (const { side, event } of measureAbreast(measured, abreast)) {
        const name = sides[side]?.[0];
        if (event.kind !== "cell" || name === undefined) continue;
        const told = discreetEvent(event, this.secrets());
        if (told.kind !== "cell") continue;
        await this.take({ ...numbered(told.result, restart), side: name });
        if (told.result.status === "failed")
          failure ??= `${name === "control" ? "the control" : name.toUpperCase()}: ${told.result.reason}`;
      }
      if (failure !== null || signal.aborted) break;
    }
    return failure;
  }

  private async take(cell: ABCell): Promise<void> {
    this.cells.push(cell);
    await this.stage.store.append(cell);
  }

  private secrets(): Secrets {
    const both = [this.stage.order.a, this.stage.order.b].map(({ order }) => secretsOf(order));
    return { urls: both.flatMap(({ urls }) => urls), words: both.flatMap(({ words }) => words) };
  }

  private sideOf(side: SideOrder, group: Group, restart: number, first: boolean): SideOfAB {
    const { order, nodeFlags } = side;
    const { trees, signal } = this.stage;
    const tree = trees.of(side);
    const serverFile = tree === null ? files.server : join(tree.folder, relative(files.root, files.server));
    const { profile, timeoutMs, maxReplyBytes, headers, seed, delayMs, file } = order;
    const options: MeasureOptions = {
      ...{ profile, timeoutMs, maxReplyBytes, headers, generators: 1, seed: seed + restart, thresholds: [] },
      ...(file === null ? {} : { file: { path: file.path, sha256: file.sha256 } }),
      ...{ agentDelayMs: delayMs, bindings: this.info.bindings, ceilings: [], signal },
      noPidReason: "the server is not ours; give its process id with pid= to have its memory and CPU",
      ...(first ? {} : { checked: true }),
    };
    const isOthers = order.target !== null || order.command !== null;
    return {
      ...{ group, options },
      equipment: {
        serve: (binding, kind, heeded) => startSubject(binding, kind, { ...order, serverFile, nodeFlags }, heeded),
        usageOf: (pid) => usageReader(pid, { tree: isOthers }),
      },
    };
  }
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
