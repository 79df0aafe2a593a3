import { parseDuration } from "./duration.ts";
import { Failure } from "./failure.ts";
import { unknownWord } from "./nearest.ts";
import type { MetricType, Threshold } from "./threshold.ts";
import { parseExpression, wrongThreshold } from "./threshold-expression.ts";

/** What may be named: metrics with their type and aliases, and for each tag the values that the run at hand can have. */
export interface Vocabulary {
  readonly metrics: readonly {
    readonly key: string;
    readonly type: MetricType;
    readonly aliases: readonly string[];
    /** Which of the tags that name a part of a cell it can be had of; all others name cells, and go with every metric. */
    readonly tags: readonly string[];
  }[];
  readonly tags: Readonly<Record<string, readonly string[]>>;
}

/** k6's long form; `delayAbortEval` is a duration with its unit, or milliseconds. */
export interface LongThreshold {
  readonly threshold: string;
  readonly abortOnFail?: boolean;
  readonly delayAbortEval?: string | number | null;
}

/** The block `thresholds` of k6's options: `{"response{step:total}": ["p(95)<200", {threshold, abortOnFail, delayAbortEval}]}`. */
export type ThresholdBlock = Readonly<Record<string, readonly (string | LongThreshold)[]>>;

/** Reads k6's block, which may come from a file unchecked. Throws `usage`, with the nearest right word, for whatever is misspelt. */
export function parseThresholds(block: ThresholdBlock, known: Vocabulary): readonly Threshold[] {
  return fromBlock(block, known);
}

/**
 * Reads one `--threshold`: `response{step:total}:p(99)<5`, or, beginning with `{`, k6's block as JSON, the way to say abortOnFail.
 * Throws `usage` as {@link parseThresholds} does.
 */
export function parseThresholdFlag(text: string, known: Vocabulary): readonly Threshold[] {
  if (text.trimStart().startsWith("{")) return fromBlock(parsedJson(text), known);
  // Neither `}` nor `:` is part of an expression, but both may be part of a tag's value.
  const colon = text.indexOf(":", text.lastIndexOf("}") + 1);
  if (colon === -1)
    throw wrongThreshold(text, "expected a metric, a colon and an expression, like response{step:total}:p(99)<200");
  const key = text.slice(0, colon);
  return [thresholdOf(key, selected(key, known), text.slice(colon + 1))];
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const example = '{"response": [{"threshold": "p(99)<200", "abortOnFail": true}]}';
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure("usage", `threshold '${text}': expected JSON like ${example}, got: ${reason}`, { cause });
  }
}

function fromBlock(block: unknown, known: Vocabulary): readonly Threshold[] {
  if (!isRecord(block)) throw new Failure("usage", `thresholds: expected an object of metrics, got ${shown(block)}`);
  return Object.entries(block).flatMap(([key, entries]) => {
    if (!Array.isArray(entries))
      throw wrongThreshold(key, `expected a list, like ["p(99)<200"], got ${shown(entries)}`);
    const selection = selected(key, known);
    return entries.map((entry: unknown) => thresholdOf(key, selection, entry));
  });
}

interface Selection {
  readonly metric: Vocabulary["metrics"][number];
  readonly tags: Threshold["tags"];
}

function thresholdOf(key: string, { metric, tags }: Selection, entry: unknown): Threshold {
  const { threshold, abortOnFail, delayAbortEvalMs } = typeof entry === "string" ? short(entry) : long(key, entry);
  const source = threshold.trim();
  const expression = parseExpression(source, metric, `${key.trim()}: ${source}`);
  return { metric: metric.key, tags, ...expression, source, abortOnFail, delayAbortEvalMs };
}

type Entry = { readonly threshold: string } & Pick<Threshold, "abortOnFail" | "delayAbortEvalMs">;

function short(threshold: string): Entry {
  return { threshold, abortOnFail: false, delayAbortEvalMs: 0 };
}

const longKeys = ["threshold", "abortOnFail", "delayAbortEval"];

function long(metric: string, entry: unknown): Entry {
  const given = `${metric.trim()}: ${shown(entry)}`;
  if (!isRecord(entry)) throw wrongThreshold(given, 'expected an expression like "p(99)<200" or {"threshold": …}');
  const stray = Object.keys(entry).find((key) => !longKeys.includes(key));
  if (stray !== undefined) throw wrongThreshold(given, unknownWord("key", stray, longKeys));
  const { threshold, abortOnFail = false, delayAbortEval } = entry;
  if (typeof threshold !== "string") throw wrongThreshold(given, 'expected "threshold" to be a text like "p(99)<200"');
  if (typeof abortOnFail !== "boolean") throw wrongThreshold(given, 'expected "abortOnFail" to be true or false');
  // k6 itself writes null for a delay that was not given.
  const delayMs = typeof delayAbortEval === "string" ? parseDuration(delayAbortEval) : (delayAbortEval ?? 0);
  if (typeof delayMs !== "number" || !Number.isFinite(delayMs) || delayMs < 0)
    throw wrongThreshold(given, 'expected "delayAbortEval" with its unit, like "10s" or "1m", or milliseconds');
  return { threshold, abortOnFail, delayAbortEvalMs: delayMs };
}

/** `metric{tag:value,…}`: the metric and the tags that all must match. */
function selected(key: string, known: Vocabulary): Selection {
  const [, name, inside] = /^\s*([^{}]*?)\s*(?:\{(.*)\}\s*)?$/s.exec(key) ?? [];
  if (name === undefined)
    throw wrongThreshold(key, "expected a metric and its tags in braces, like response{step:total}");
  const metric = known.metrics.find((one) => one.key === name || one.aliases.includes(name));
  if (metric === undefined) {
    const keys = known.metrics.map((one) => one.key);
    const aliases = known.metrics.flatMap((one) => one.aliases);
    throw wrongThreshold(key, unknownWord("metric", name, keys, aliases));
  }
  const tags = inside === undefined ? {} : tagsOf(inside, key, known);
  requireParts(metric, tags, key, known);
  return { metric, tags };
}

/** Throws `usage` for a part that the metric does not tell from the whole: its limit would be held against something else. */
function requireParts(metric: Selection["metric"], tags: Threshold["tags"], key: string, known: Vocabulary): void {
  const parts = new Set(known.metrics.flatMap((one) => one.tags));
  const stray = Object.keys(tags).find((tag) => parts.has(tag) && !metric.tags.includes(tag));
  if (stray === undefined) return;
  const such = known.metrics.filter((one) => one.tags.includes(stray)).map((one) => one.key);
  throw wrongThreshold(
    key,
    `${metric.key} is not counted by ${stray}; drop the tag, or name one of ${such.join(", ")}`,
  );
}

/** `tag:value` and the comma before another; a value with a comma in it is quoted. */
const pair = /\s*([^:,]*?)\s*:\s*("[^"]*"|'[^']*'|[^,]*?)\s*(?:,(?=.)|$)/gsy;

function tagsOf(inside: string, key: string, known: Vocabulary): Readonly<Record<string, string>> {
  const tags = new Map<string, string>();
  const pairs = [...inside.matchAll(pair)];
  if (pairs.length === 0 || pairs.map(([whole]) => whole).join("") !== inside)
    throw wrongThreshold(key, "expected tag:value in the braces, several with commas, like {step:total,scenario:ramp}");
  for (const [, tag = "", value = ""] of pairs.map((texts) => texts.map(unquoted))) {
    if (!Object.hasOwn(known.tags, tag)) throw wrongThreshold(key, unknownWord("tag", tag, Object.keys(known.tags)));
    if (tags.has(tag)) throw wrongThreshold(key, `expected one value of the tag ${tag}, got several`);
    const values = known.tags[tag] ?? [];
    if (!values.includes(value)) throw wrongThreshold(key, unknownWord(tag, value, values));
    tags.set(tag, value);
  }
  return Object.fromEntries(tags);
}

function unquoted(text: string): string {
  return /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
