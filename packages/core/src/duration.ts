const number = String.raw`(\d+(?:\.\d+)?)\s*`;
const pattern = new RegExp(
  String.raw`^\s*(?:${number}h)?\s*(?:${number}m)?\s*(?:${number}s)?\s*(?:${number}ms)?\s*(?:${number}[uµ]s)?\s*$`,
);
/** Milliseconds in an hour, a minute, a second, a millisecond and a microsecond: the order of the groups of the pattern. */
const unitsMs = [3_600_000, 60_000, 1000, 1, 0.001];

/**
 * `500ms`, `2s`, `1m30s`, `1h`, `50us` → milliseconds, as k6 writes durations: larger units first, each with its unit, fractions allowed.
 * Null when the text is none; a number without a unit is none.
 */
export function parseDuration(text: string): number | null {
  const parts = pattern.exec(text)?.slice(1);
  if (parts === undefined || parts.every((part) => part === undefined)) return null;
  return unitsMs.reduce((sumMs, unitMs, index) => sumMs + Number(parts[index] ?? 0) * unitMs, 0);
}
