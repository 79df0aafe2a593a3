import type { ABInfo, ABMetric } from "@apb/core/ab";
import type { Run } from "@apb/core/run";
import { headline } from "../ab-reporters.ts";
import { environmentOf, type Fact } from "../document.ts";
import { change, counted, noValue } from "../format.ts";
import { inline, sectionMarkdown } from "../markdown.ts";
import type { Section } from "../section.ts";
import { keyColumn, plain, sectionOf, valueColumn } from "../section.ts";
import { type Exported, groupName, metricTitle, type Outcome, placeName, shownMetric } from "./exported.ts";
import { abFacts } from "./of-ab.ts";

/** GitHub's comments end at 65,536 characters; a step's summary may have sixteen times as much. */
const mostBytes = 64_000;

/** An A/B as a comment: the verdict, the metrics that decide, and what could not be shown. */
export function abSummary(info: ABInfo, { outcomes }: Pick<Exported, "outcomes">): string {
  const judged = info.metrics.filter((metric) => metric.judged);
  const beside = info.metrics.filter((metric) => !metric.judged);
  const told = (verdict: ABMetric["verdict"]): readonly string[] =>
    judged.filter((metric) => metric.verdict === verdict).map((metric) => `${whereOf(metric)}: ${metric.sentence}`);
  return comment([
    `## ${headline(info)}`,
    ...listed(null, [...ofTheWhole(outcomes), ...told("worse"), ...told("better")]),
    ...(judged.length === 0 ? [] : [table("B against A", judged)]),
    ...listed("What could not be shown", [...told("not judged"), ...told("no difference shown")]),
    ...(beside.length === 0 ? [] : [table("Beside it, not judged", beside)]),
    factsLine([...abFacts(info), ...environmentOf(info)]),
  ]);
}

function whereOf(metric: ABMetric): string {
  return `${groupName(metric)}, ${placeName(metric)}`;
}

function table(title: string, metrics: readonly ABMetric[]): string {
  const columns = [
    keyColumn<ABMetric>("binding", groupName),
    keyColumn<ABMetric>("what", placeName),
    keyColumn<ABMetric>("metric", ({ metric }) => metricTitle(metric)),
    valueColumn<ABMetric>(0, "A", "", (metric) => plain(valueText(metric, metric.a))),
    valueColumn<ABMetric>(0, "B", "", (metric) => plain(valueText(metric, metric.b))),
    valueColumn<ABMetric>(0, "B against A", "95%", (metric) => plain(ratioText(metric))),
    keyColumn<ABMetric>("", ({ verdict, judged }) => (judged ? verdict : "")),
  ];
  return small(sectionOf({ title, caption: "", columns, groups: [metrics] }));
}

/** With a heading that does not outshout the verdict's. */
function small(section: Section): string {
  return `#${sectionMarkdown(section)}`;
}

function valueText({ metric, unit }: ABMetric, value: number | null): string {
  if (value === null) return noValue;
  return `${shownMetric(metric)?.format(value) ?? value} ${unit}`.trimEnd();
}

/** `+4.8% (+3.1% to +6.4%)`. */
function ratioText({ ratio, low, high }: ABMetric): string {
  if (ratio === null) return noValue;
  const between = low === null || high === null ? "" : ` (${change(low - 1)} to ${change(high - 1)})`;
  return `${change(ratio - 1)}${between}`;
}

/** A run as a comment: what failed, every row's numbers, and what is doubted or missing. */
export function runSummary({ info }: Run, exported: Exported): string {
  const { outcomes, facts } = exported;
  const failed = outcomes.filter(({ status }) => status === "failed");
  const skipped = outcomes.filter(({ status }) => status === "skipped");
  const rows = outcomes.filter(({ shown }) => Object.keys(shown).length > 0);
  return comment([
    `## ${failed.length === 0 ? `Run ${info.id}` : `Run ${info.id}: ${failed.length} of ${counted(outcomes.length, "part")} failed`}`,
    ...listed(null, failed.map(outcomeText)),
    ...(rows.length === 0 ? [] : [small(rowsSection(rows))]),
    ...listed("What could not be shown", skipped.map(outcomeText)),
    factsLine(Object.entries(facts)),
  ]);
}

function outcomeText({ group, name, reasons }: Outcome): string {
  return `${group}, ${name}: ${reasons.join(" ")}`;
}

function ofTheWhole(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.filter(({ kind }) => kind === "incomplete").flatMap(({ reasons }) => reasons);
}

/** A line for each row that has numbers, a column for each number that one of them has. */
function rowsSection(rows: readonly Outcome[]): Section {
  const titles = [...new Set(rows.flatMap(({ shown }) => Object.keys(shown)))];
  const columns = [
    keyColumn<Outcome>("binding", ({ group }) => group),
    keyColumn<Outcome>("what", ({ name }) => name),
    ...titles.map((title) => valueColumn<Outcome>(0, title, "", ({ shown }) => plain(shown[title] ?? noValue))),
    keyColumn<Outcome>("", ({ kind }) => kind),
  ];
  return sectionOf({ title: "Measured", caption: "", columns, groups: [rows] });
}

/** Sentences under their heading; nothing where there are none. */
function listed(title: string | null, sentences: readonly string[]): readonly string[] {
  if (sentences.length === 0) return [];
  const list = sentences.map((sentence) => `- ${inline(sentence)}`).join("\n");
  return [title === null ? list : `### ${title}\n\n${list}`];
}

function factsLine(facts: readonly Fact[]): string {
  return `<sub>${facts.map(([label, text]) => `${label}: ${inline(text)}`).join(" · ")}</sub>`;
}

/** The parts as one text, cut off between two lines where a comment ends. */
function comment(parts: readonly string[]): string {
  const text = parts.join("\n\n");
  if (Buffer.byteLength(text) <= mostBytes) return text;
  const notice = "\n\n_The rest is too long for a comment: see the whole report._";
  const kept = Buffer.from(text)
    .subarray(0, mostBytes - Buffer.byteLength(notice))
    .toString("utf8");
  return `${kept.slice(0, kept.lastIndexOf("\n"))}${notice}`;
}
