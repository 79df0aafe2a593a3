import { asFailure } from "@apb/core/failure";
import { vocabulary } from "@apb/core/metrics";
import type { OwnMetric, Workload } from "@apb/core/scenario";
import type { Threshold } from "@apb/core/threshold";
import { parseThresholds, type Vocabulary } from "@apb/core/threshold-grammar";
import type { RawScenario } from "./scenario-schema.ts";
import type { Path, Source } from "./source.ts";

/** What thresholds of a file can be about. */
export interface About {
  readonly steps: readonly string[];
  readonly workloads: readonly Pick<Workload, "name" | "tags">[];
  readonly metrics: readonly OwnMetric[];
}

/**
 * The limits of a file, in k6's grammar. `scenario` is one of the file's own, `group` a step; a limit on a tag of scenarios holds for
 * each that has it. Throws `usage`, with the place and the nearest right word.
 */
export function thresholdsOf(raw: RawScenario["thresholds"], about: About, source: Source): readonly Threshold[] {
  const known = vocabularyOf(about);
  return Object.entries(raw ?? {}).flatMap(([key, limits]) => {
    const several = Array.isArray(limits);
    return (several ? limits : [limits]).flatMap((limit, n) => {
      const path: Path = several ? ["thresholds", key, n] : ["thresholds", key];
      return parsed(key, limit, known, source, path).flatMap((threshold) => {
        const meant = ofWorkloads(threshold, about);
        if (meant.length === 0)
          throw source.failure(path.slice(0, 2), "no scenario of this file has all of these tags", { key: true });
        return meant;
      });
    });
  });
}

function parsed(key: string, limit: unknown, known: Vocabulary, source: Source, path: Path): readonly Threshold[] {
  try {
    return parseThresholds({ [key]: [limit as string] }, known);
  } catch (error) {
    // What is wrong with the metric is wrong with the key.
    const ofKey = /there is no|in braces|not counted by|one value of the tag/.test(asFailure(error).sentence);
    const at = ofKey ? path.slice(0, 2) : path;
    throw source.failure(at, asFailure(error).sentence, { key: ofKey, cause: error });
  }
}

function vocabularyOf({ steps, workloads, metrics }: About): Vocabulary {
  const names = workloads.map(({ name }) => name);
  const tags: Record<string, string[]> = {};
  for (const one of workloads)
    for (const [tag, value] of Object.entries(one.tags ?? {})) tags[tag] = [...new Set([...(tags[tag] ?? []), value])];
  const known = vocabulary(
    { ...tags, step: ["total", "connect", "wait", ...steps], group: steps, workload: names, scenario: names },
    metrics,
  );
  return { ...known, metrics: known.metrics.map((metric) => withWords(metric, Object.keys(tags))) };
}

/** k6's words, and the file's own tags, mean the same parts of a cell. */
function withWords(
  { key, type, aliases, tags }: Vocabulary["metrics"][number],
  own: readonly string[],
): Vocabulary["metrics"][number] {
  const ofWorkloads = tags.includes("workload") ? ["scenario", ...own] : [];
  const words = [...tags, ...ofWorkloads, ...(tags.includes("step") ? ["group"] : [])];
  return { key, type, aliases, tags: words };
}

function ofWorkloads(threshold: Threshold, { workloads }: About): readonly Threshold[] {
  const { scenario, group, step = group, workload = scenario, ...others } = threshold.tags;
  const part = step === undefined ? {} : { step };
  const wanted = Object.entries(others);
  const whole = workload === undefined ? part : { ...part, workload };
  if (wanted.length === 0) return [{ ...threshold, tags: whole }];
  return workloads
    .filter(({ name, tags = {} }) => (workload ?? name) === name && wanted.every(([tag, value]) => tags[tag] === value))
    .map(({ name }) => ({ ...threshold, tags: { ...part, workload: name } }));
}
