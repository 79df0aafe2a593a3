import type { AB, ABInfo, ABMetric } from "@apb/core/ab";
import { caseLabel } from "@apb/core/cell";
import pc from "picocolors";
import { csvText } from "./csv.ts";
import { betterSign, change, counted, duration, noValue, placeText, worseSign } from "./format.ts";
import { listing } from "./listing.ts";
import { inline, sectionMarkdown } from "./markdown.ts";
import { type MetricKey, metricOf, titleOf } from "./metrics.ts";
import { standardOutput } from "./reporters.ts";
import { keyColumn, plain, type Section, sectionOf, valueColumn } from "./section.ts";
import { sectionText, type Terminal } from "./table.ts";

/** Every format of an A/B by its name. None of the texts ends with a line end. */
export const abReporters = {
  table: (ab) => abTable(ab, standardOutput()),
  markdown: abMarkdown,
  csv: ({ info }) => abCsv(info),
  json: ({ info }) => JSON.stringify(info, null, 2),
} as const satisfies Readonly<Record<string, (ab: AB) => string>>;

/** An A/B for a terminal. */
export function abTable(ab: AB, { width, color }: Terminal): string {
  const colors = pc.createColors(color);
  const paint = ({ verdict }: ABMetric): ((text: string) => string) =>
    verdict === "worse" ? colors.red : verdict === "better" ? colors.green : (text) => text;
  const lines = (texts: readonly string[]): string =>
    listing(
      texts.map((text) => [text]),
      width,
    );
  return [
    [colors.bold(headline(ab.info)), lines(about(ab))].join("\n"),
    ...byBinding(ab.info).map(([binding, metrics]) =>
      [
        colors.bold(binding),
        ...metrics.filter(({ judged }) => judged).map((metric) => paint(metric)(lines([sentenceOf(metric, metrics)]))),
      ].join("\n"),
    ),
    ...sections(ab.info).map((section) => sectionText(section, { width, color })),
  ].join("\n\n");
}

/** An A/B as Markdown. */
export function abMarkdown(ab: AB): string {
  return [
    `# ${headline(ab.info)}`,
    about(ab)
      .map((line) => `- ${inline(line)}`)
      .join("\n"),
    ...byBinding(ab.info).flatMap(([binding, metrics]) => [
      `## ${binding}`,
      metrics
        .filter(({ judged }) => judged)
        .map((metric) => `- ${signOf(metric)}${inline(sentenceOf(metric, metrics))}`)
        .join("\n"),
    ]),
    ...sections(ab.info).map(sectionMarkdown),
  ].join("\n\n");
}

function signOf({ verdict }: ABMetric): string {
  return verdict === "worse" ? `${worseSign} ` : verdict === "better" ? `${betterSign} ` : "";
}

/** The A/B in a few words. */
export function headline({ outcome, exit }: ABInfo): string {
  const until = "what was measured until then follows";
  if (exit === null) return `It has no end, and was killed or is still running: ${until}`;
  if (exit !== "completed") return `${exit === "interrupted" ? "Interrupted" : "Failed"}: ${until}`;
  return outcome?.sentence ?? "Nothing could be judged";
}

/** Who, how often, how long. */
function about({ info, notes }: AB): readonly string[] {
  const { a, b, control, restarted, spent, sliceMs, environment } = info;
  const side = ({ label, commit }: ABInfo["a"]): string =>
    commit === undefined ? label : `${label} (${commit.slice(0, 10)})`;
  const each = Object.values(spent);
  const restarts = each.map(({ restarts: n, from }) => n - from + 1);
  const [least, most] = [Math.min(...restarts), Math.max(...restarts)];
  const often = least === most ? `${least}` : `${least} to ${most}`;
  const ms = each.reduce((sum, one) => sum + one.ms, 0);
  const confirmed = Object.entries(spent).flatMap(([binding, { from }]) => (from > 1 ? [binding] : []));
  return [
    `A: ${side(a)}`,
    `B: ${side(b)}`,
    ...(each.length === 0
      ? []
      : [
          `${often} ${restarted ? "restarts of all servers" : "repetitions"} a binding, loads in turns of ${sliceMs} ms, ${duration(ms)} in all`,
        ]),
    `${environment.cpuCount} × ${environment.cpuModel}, ${environment.platform} ${environment.kernel}, Node ${environment.node}, load average ${environment.loadAverage.toFixed(1)} at the start`,
    ...(control
      ? []
      : ["No control: what equal servers differ by here is not known; leave --no-control out to have it"]),
    ...(restarted
      ? []
      : [
          "A side runs already and is not restarted: two starts of one program may differ by more than these intervals say",
        ]),
    ...(confirmed.length === 0 ? [] : [`Came out worse and were measured once more: ${confirmed.join(", ")}`]),
    ...info.failures,
    ...notes,
  ];
}

function byBinding({ metrics }: ABInfo): readonly (readonly [string, readonly ABMetric[]])[] {
  const bindings = [...new Set(metrics.map(({ binding }) => binding))];
  return bindings.map((binding) => [binding, metrics.filter((metric) => metric.binding === binding)] as const);
}

/** With its case, where there are several. */
function sentenceOf(metric: ABMetric, among: readonly ABMetric[]): string {
  const places = new Set(among.map(placeText));
  return places.size > 1 ? `${placeText(metric)}: ${metric.sentence}` : metric.sentence;
}

function sections(info: ABInfo): readonly Section[] {
  const groups = byBinding(info).map(([, metrics]) => metrics);
  if (groups.length === 0) return [];
  const several = new Set(info.metrics.map(placeText)).size > 1;
  const ratioOf = (ratio: number | null): string => (ratio === null ? noValue : change(ratio - 1));
  const textOf = (metric: ABMetric, value: number | null): string =>
    value === null
      ? noValue
      : `${metricOf(metric.metric as MetricKey).format(value)} ${metricOf(metric.metric as MetricKey).unit}`.trim();
  return [
    sectionOf<ABMetric>({
      title: "B against A",
      caption: "",
      columns: [
        keyColumn("binding", ({ binding }) => binding),
        ...(several ? [keyColumn<ABMetric>("case", placeText)] : []),
        keyColumn("load", ({ load }) => load),
        keyColumn("metric", ({ metric }) => titleOf(metricOf(metric as MetricKey))),
        valueColumn(1, "A", "", (metric) => plain(textOf(metric, metric.a))),
        valueColumn(1, "B", "", (metric) => plain(textOf(metric, metric.b))),
        valueColumn(1, "B−A", "", ({ ratio }) => plain(ratioOf(ratio))),
        valueColumn(1, "95%", "", ({ low, high }) =>
          plain(low === null ? noValue : `${ratioOf(low)} to ${ratioOf(high)}`),
        ),
        valueColumn(1, "A−A", "", ({ control }) => plain(ratioOf(control?.ratio ?? null))),
        keyColumn("verdict", (metric) => (metric.judged ? `${signOf(metric)}${metric.verdict}` : "shown only")),
      ],
      groups,
      remarks: [
        "Medians over the restarts; B−A and its exact interval are of the restarts' own ratios. A−A is what two equal sides differed by in the same turns: a difference that is no larger is none.",
        ...setAside(info),
      ],
    }),
  ];
}

/** Which restarts do not count, and why. */
function setAside({ metrics }: ABInfo): readonly string[] {
  const texts = metrics.flatMap(({ binding, metric, setAside: aside }) =>
    Object.entries(aside).map(
      ([reason, n]) =>
        `${binding}: ${counted(n, "restart")} set aside for ${titleOf(metricOf(metric as MetricKey))}, ${reason}`,
    ),
  );
  return [...new Set(texts)];
}

function abCsv({ metrics }: ABInfo): string {
  return csvText([
    [
      ...["binding", "scenario", "case", "load", "metric", "unit", "judged", "a", "b", "ratio", "low", "high", "p"],
      ...["control_ratio", "floor_fraction", "restarts", "verdict", "reason"],
    ],
    ...metrics.map((one) => [
      ...[one.binding, one.scenario, caseLabel(one.case), one.load, one.metric, one.unit, String(one.judged)],
      ...[one.a, one.b, one.ratio, one.low, one.high, one.p, one.control?.ratio ?? null, one.floor],
      ...[one.restarts, one.verdict, one.reason],
    ]),
  ]);
}
