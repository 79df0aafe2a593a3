import { Failure } from "./failure.ts";
import { nearest } from "./nearest.ts";
import { type Aggregation, type MetricType, type Operator, operators } from "./threshold.ts";

/** The right side of k6's `metric: ["p(95)<200"]`: aggregation, operator, number. */

const aggregations = {
  trend: ["avg", "min", "max", "med"],
  counter: ["count", "rate"],
  gauge: ["value"],
  rate: ["rate"],
} as const satisfies Record<MetricType, readonly Aggregation[]>;

/** What people call them elsewhere; by spelling alone `mean` would be taken for `med`. */
const synonyms: ReadonlyMap<string, string> = new Map([
  ["mean", "avg"],
  ["average", "avg"],
  ["median", "med"],
]);

/** Operators of other languages, and slips. */
const otherOperators: ReadonlyMap<string, Operator> = new Map([
  ["=", "=="],
  ["=<", "<="],
  ["=>", ">="],
  ["<>", "!="],
  ["!==", "!="],
  ["!", "!="],
]);

/** A failure of a threshold as it was given. */
export function wrongThreshold(given: string, sentence: string): Failure {
  return new Failure("usage", `threshold '${given.trim()}': ${sentence}`);
}

/**
 * `p(99) < 5` for this metric; spaces are free, `===` is `==`. Throws `usage` for an aggregation that the metric's type has not, a
 * missing or unknown operator, and a limit that is no number or, for a rate, not from 0 to 1. `given` is named in the failure.
 */
export function parseExpression(
  source: string,
  metric: { readonly key: string; readonly type: MetricType },
  given: string,
): { readonly aggregation: Aggregation; readonly operator: Operator; readonly limit: number } {
  const [, left, token, right] = /^([^<>=!]*)([<>=!]+)(.*)$/s.exec(source) ?? [];
  if (left === undefined || token === undefined || right === undefined)
    throw wrongThreshold(given, `expected one of the operators ${operators.join(" ")} and a number, like p(99)<200`);
  const aggregation = aggregationOf(left.trim(), metric, given);
  return { aggregation, operator: operatorOf(token, given), limit: limitOf(right.trim(), metric, given) };
}

function aggregationOf(
  text: string,
  { key, type }: { readonly key: string; readonly type: MetricType },
  given: string,
): Aggregation {
  const named = aggregations[type].find((name) => name === text);
  if (named !== undefined) return named;
  const inside = /^p\s*\((.*)\)$/s.exec(text)?.[1];
  if (type === "trend" && inside !== undefined) {
    const percentile = decimal(inside);
    if (percentile !== null && percentile >= 0 && percentile <= 100) return { percentile };
    throw wrongThreshold(given, `expected p(N) with N from 0 to 100, got '${text}'`);
  }
  const meant = meantBy(text, type);
  const expected = [...aggregations[type], ...(type === "trend" ? ["p(N)"] : [])].join(", ");
  const hint = meant === null ? "" : `; did you mean '${meant}'?`;
  throw wrongThreshold(given, `expected ${expected}, which ${key} has as a ${type}, got '${text}'${hint}`);
}

function meantBy(text: string, type: MetricType): string | null {
  // p95, p(95, p[95], and p999 for p(99.9).
  const [, whole, fraction = ""] = /^p\D?(100|\d{1,2})\.?(\d*)\D?$/i.exec(text) ?? [];
  if (type === "trend" && whole !== undefined) return `p(${whole}${fraction === "" ? "" : `.${fraction}`})`;
  const word = text.toLowerCase();
  return nearest(synonyms.get(word) ?? word, aggregations[type]);
}

function operatorOf(token: string, given: string): Operator {
  const operator = operators.find((known) => known === token);
  if (operator !== undefined) return operator;
  if (token === "===") return "==";
  const meant = otherOperators.get(token);
  const hint = meant === undefined ? "" : `; did you mean '${meant}'?`;
  throw wrongThreshold(given, `expected one of the operators ${operators.join(" ")}, got '${token}'${hint}`);
}

const units: Readonly<Record<MetricType, string>> = {
  trend: "without a unit (times are milliseconds)",
  counter: "without a unit",
  gauge: "without a unit",
  rate: "from 0 to 1 (5% is 0.05)",
};

function limitOf(text: string, { type }: { readonly type: MetricType }, given: string): number {
  const limit = decimal(text);
  if (limit === null || (type === "rate" && (limit < 0 || limit > 1)))
    throw wrongThreshold(given, `expected a number ${units[type]} after the operator, got '${text}'`);
  return limit;
}

function decimal(text: string): number | null {
  const number = Number(text);
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) && Number.isFinite(number) ? number : null;
}
