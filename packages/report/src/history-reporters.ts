import { caseLabel } from "@apb/core/cell";
import pc from "picocolors";
import { csvText } from "./csv.ts";
import { percent } from "./format.ts";
import type { Trend } from "./history.ts";
import { changeSentences, driftSentences, historyRemarks, historySections } from "./history-sections.ts";
import { listing } from "./listing.ts";
import { inline, sectionMarkdown } from "./markdown.ts";
import { standardOutput } from "./reporters.ts";
import { sectionText, type Terminal } from "./table.ts";

/** A history that was read. */
export interface Told {
  /** Those that tables show. */
  readonly shown: readonly Trend[];
  /** Those whose changes are listed, too. */
  readonly trends: readonly Trend[];
  /** Those that may fail, and by how much they may drift; null where nobody asked. */
  readonly gate: { readonly trends: readonly Trend[]; readonly limit: number } | null;
  readonly notes: readonly string[];
}

/** Every format of a history by its name. None of the texts ends with a line end. */
export const historyReporters = {
  table: (told) => historyTable(told, standardOutput()),
  markdown: historyMarkdown,
  csv: historyCsv,
  json: historyJson,
} as const satisfies Readonly<Record<string, (told: Told) => string>>;

/** What is beyond the limit, a sentence each. */
export function failuresOf({ gate }: Told): readonly string[] {
  return gate === null ? [] : driftSentences(gate.trends, gate.limit);
}

const noChange = "no change point: no series has become another one, as far as these nights can tell";

function listsOf(told: Told): readonly (readonly [title: string, lines: readonly string[], tint: "red" | "green"])[] {
  return [
    ["Changed for the worse", changeSentences(told.trends, true), "red"],
    ["Changed for the better", changeSentences(told.trends, false), "green"],
    ["Drifted too far", failuresOf(told), "red"],
  ];
}

/** A history for a terminal. */
export function historyTable(told: Told, { width, color }: Terminal): string {
  const colors = pc.createColors(color);
  const listed = (lines: readonly string[]): string =>
    listing(
      lines.map((line) => ["·", line] as const),
      width,
    );
  const lists = listsOf(told).filter(([, lines]) => lines.length > 0);
  return [
    ...(told.notes.length === 0 ? [] : [colors.yellow(listed(told.notes))]),
    ...historySections(told.shown).map((section) => sectionText(section, { width, color })),
    ...lists.map(([title, lines, tint]) => colors[tint](`${colors.bold(title)}\n${listed(lines)}`)),
    listed(remarksOf(told)),
  ].join("\n\n");
}

function remarksOf({ trends, shown, gate }: Told): readonly string[] {
  return [
    ...(trends.some(({ changes }) => changes.length > 0) ? [] : [noChange]),
    ...(gate === null ? [] : [gateWords(gate)]),
    ...historyRemarks(shown),
  ];
}

/** What was held against what: a gate that judged nothing must not look like one that found nothing. */
function gateWords({ trends, limit }: NonNullable<Told["gate"]>): string {
  const judged = trends.filter(
    ({ drift, nights, baseline }) => drift !== null && baseline?.night !== nights.at(-1)?.night,
  );
  const rest = trends.length - judged.length;
  const unjudged =
    rest === 0 ? "" : `, ${rest} in the night of their baseline or without one: nothing to hold them against yet`;
  return `${judged.length} series held against their baseline, with a limit of ${percent(limit)}%${unjudged}`;
}

/** A history as Markdown. */
export function historyMarkdown(told: Told): string {
  const lists = listsOf(told).filter(([, lines]) => lines.length > 0);
  return [
    "# History",
    ...told.notes.map((note) => `> **Note:** ${inline(note)}`),
    ...lists.map(([title, lines]) => [`## ${title}`, lines.map((line) => `- ${inline(line)}`).join("\n")].join("\n\n")),
    ...historySections(told.shown).map(sectionMarkdown),
    remarksOf(told)
      .map((remark) => `- ${inline(remark)}`)
      .join("\n"),
  ].join("\n\n");
}

/** A history as JSON: each series with its nights, changes, baseline and drift. */
function historyJson(told: Told): string {
  return JSON.stringify({ series: told.shown, failures: failuresOf(told), notes: told.notes }, null, 2);
}

/** A history as CSV: a line for every series and night. */
function historyCsv({ shown }: Told): string {
  const who = ["scenario", "case", "load", "binding", "server", "client", "security", "method", "a", "b", "metric"];
  const what = ["night", "commit", "run", "value", "low", "high", "ratio", "ratio_low", "ratio_high", "verdict"];
  return csvText([
    ["machine", ...who, ...what, "changed_by", "confidence"],
    ...shown.flatMap(({ machine, series: { cell, metric, method, versus }, nights, changes }) =>
      nights.map(({ night, commit, run, value, low, high, ratio, verdict }) => {
        const changed = changes.find((one) => one.night === night);
        return [
          ...[machine.id, cell.scenario, caseLabel(cell.case), cell.load, cell.binding, cell.server, cell.client],
          ...[cell.security, method, versus?.a ?? null, versus?.b ?? null, metric],
          ...[night, commit, run, value, low, high, ratio?.value ?? null, ratio?.low ?? null, ratio?.high ?? null],
          ...[verdict, changed?.change ?? null, changed?.confidence ?? null],
        ];
      }),
    ),
  ]);
}
