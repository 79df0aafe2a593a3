import type { AB, ABInfo, ABMetric, ABSubject } from "@apb/core/ab";
import { environmentOf, exitNote } from "../document.ts";
import { duration, percent } from "../format.ts";
import {
  type Exported,
  exportedMetrics,
  type Figure,
  groupName,
  metricTitle,
  type Outcome,
  placeName,
} from "./exported.ts";

/** An A/B for the programs of others: an outcome for each metric that decides, ratios with their intervals, and both sides' medians. */
export function exportedAB({ info }: AB): Exported {
  const { id, startedAt, environment, metrics } = info;
  return {
    ...{ id, startedAt, node: environment.node, cpuModel: environment.cpuModel },
    commit: info.b.commit ?? environment.gitCommit,
    facts: Object.fromEntries([...abFacts(info), ...environmentOf(info)]),
    outcomes: [...ofTheWhole(info), ...metrics.filter(({ judged }) => judged).map((metric) => outcomeOf(metric))],
    figures: metrics.flatMap(figuresOf),
    leftOut: metrics
      .filter(({ metric, low }) => low === null && metric !== "errors")
      .map((metric) => `${groupName(metric)} ${placeName(metric)}: ${metric.sentence}`),
  };
}

/** What was compared, and how. */
export function abFacts(info: ABInfo): readonly (readonly [label: string, text: string])[] {
  const { a, b, budgetMs, until, spent, seed, startedAt } = info;
  const restarts = Object.entries(spent).map(([binding, one]) => `${binding} ${one.restarts}`);
  return [
    ["A", subjectText(a)],
    ["B", subjectText(b)],
    ["started", startedAt],
    ["budget", `${duration(budgetMs)} a binding${until === null ? "" : `, until ±${percent(until)}%`}`],
    ["restarts", restarts.join(", ") || "none"],
    ["seed", String(seed)],
  ];
}

/** `ref=main (0123456789ab)`. */
function subjectText({ label, commit }: ABSubject): string {
  return commit === undefined ? label : `${label} (${commit.slice(0, 12)})`;
}

function ofTheWhole(info: ABInfo): readonly Outcome[] {
  const unknown = info.outcome?.verdict === "not judged" ? [info.outcome.sentence] : [];
  const reasons = [...new Set([...exitNote(info), ...unknown, ...info.failures])];
  if (reasons.length === 0) return [];
  const whole = { group: "A/B", name: "its end", kind: "incomplete", seconds: null, shown: {} } as const;
  return [{ ...whole, status: "failed", reasons }];
}

function outcomeOf(metric: ABMetric): Outcome {
  const { verdict, sentence, metric: key } = metric;
  const place = { group: groupName(metric), name: `${placeName(metric)}: ${metricTitle(key)}`, seconds: null };
  const said = { ...place, reasons: [sentence], shown: {} };
  if (verdict === "worse") return { ...said, status: "failed", kind: verdict };
  if (verdict === "not judged") return { ...said, status: "skipped", kind: verdict };
  return { ...said, status: "passed", kind: "" };
}

function figuresOf(metric: ABMetric): readonly Figure[] {
  const { binding, scenario, case: params, load, ratio, low, high, sentence } = metric;
  const known = exportedMetrics.find(({ key }) => key === metric.metric);
  if (known === undefined) return [];
  const figure = { series: { binding, scenario, case: params, load }, metric: known, remark: sentence };
  const side = (of: "a" | "b"): readonly Figure[] => {
    const value = metric[of];
    return value === null ? [] : [{ ...figure, of, value, low: null, high: null }];
  };
  const ratios: readonly Figure[] =
    ratio === null || low === null ? [] : [{ ...figure, of: "ratio", value: ratio, low, high }];
  return [...side("a"), ...side("b"), ...ratios];
}
