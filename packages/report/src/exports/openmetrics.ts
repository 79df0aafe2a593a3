import { caseLabel } from "@apb/core/cell";
import { Gauge, type OpenMetricsContentType, Registry } from "prom-client";
import { type Exported, exportedMetrics, type Figure, metricTitle, shownMetric } from "./exported.ts";

const prefix = "apb";

type Metrics = Registry<OpenMetricsContentType>;

/** What a sample is told apart by; one without a value is absent. */
const labelNames = ["binding", "server", "client", "scenario", "case", "load", "side"] as const;

type Labels = Readonly<Partial<Record<(typeof labelNames)[number], string>>>;

/** OpenMetrics text 1.0, https://prometheus.io/docs/specs/om/open_metrics_spec/: gauges in seconds and bytes, for a textfile collector or a push gateway. */
export async function openMetrics(exported: Exported): Promise<string> {
  const registry: Metrics = new Registry();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const { id, commit, node, cpuModel, startedAt, figures } = exported;
  const info = { id, commit: commit ?? "", node, cpu_model: cpuModel };
  const about = { name: `${prefix}_result_info`, help: "What was measured, and where." };
  new Gauge({ ...about, labelNames: Object.keys(info), registers: [registry] }).set(filled(info), 1);
  const started = { name: `${prefix}_started_timestamp_seconds`, help: "When it began." };
  new Gauge({ ...started, registers: [registry] }).set(Date.parse(startedAt) / 1000);
  for (const metric of exportedMetrics) {
    const own = figures.filter(({ metric: { key }, of }) => key === metric.key && of !== "ratio");
    const help = `${metricTitle(metric.key)}: ${shownMetric(metric.key)?.csv ?? metric.key} in base units.`;
    gauge(registry, metric.family, help, own, ({ value }) => value / metric.per);
  }
  const ratios = figures.filter(({ of }) => of === "ratio");
  for (const [name, help, value] of bounds) gauge(registry, name, help, ratios, value);
  return (await registry.metrics()).trimEnd();
}

type Value = (figure: Figure) => number | null;

const bounds: readonly (readonly [name: string, help: string, value: Value])[] = [
  ["ab_ratio", "B divided by A.", ({ value }) => value],
  ["ab_ratio_low", "The lower end of its 95% interval.", ({ low }) => low],
  ["ab_ratio_high", "The upper end of its 95% interval.", ({ high }) => high],
];

/** A family, where anything of it is known. */
function gauge(registry: Metrics, family: string, help: string, figures: readonly Figure[], of: Value): void {
  const known = figures.flatMap((figure) => {
    const value = of(figure);
    return value === null ? [] : [{ labels: labelsOf(figure), value }];
  });
  if (known.length === 0) return;
  const labels = [...labelNames, "metric"];
  const made = new Gauge({ name: `${prefix}_${family}`, help, labelNames: labels, registers: [registry] });
  for (const { labels, value } of known) made.set(labels, value);
}

function labelsOf({ series, metric, of }: Figure): Readonly<Record<string, string>> {
  const { binding, server, client, scenario, case: params, load } = series;
  const labels: Labels = {
    binding,
    server: server ?? "",
    client: client ?? "",
    scenario,
    load,
    case: caseLabel(params),
  };
  const more = of === "ratio" ? { metric: shownMetric(metric.key)?.csv ?? metric.key } : { side: of ?? "" };
  return filled({ ...labels, ...more });
}

function filled(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ""));
}
