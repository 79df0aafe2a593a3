import { Failure } from "./failure.ts";

/** Longer rotas would be memory for nothing: nobody runs so many iterations to get the last weight right. */
const longest = 1_000_000;

/**
 * Which of several tasks each iteration runs, over one full cycle: iteration n runs task `rota[n % rota.length]`. Smooth weighted
 * round robin: each run of `rota.length` iterations has every task exactly by its weight, spread as evenly as it goes.
 * Throws a Failure of kind `usage` unless the weights are whole, none below 0 and one above, and the cycle at most a million.
 */
export function rotaOf(weights: readonly number[]): readonly number[] {
  const wrong = weights.find((weight) => !Number.isSafeInteger(weight) || weight < 0);
  if (wrong !== undefined) throw new Failure("usage", `expected weights to be whole numbers from 0, got ${wrong}`);
  const shared = weights.reduce(greatestCommonDivisor, 0);
  if (shared === 0) throw new Failure("usage", "expected a weight above 0, got none");
  const steps = weights.map((weight) => weight / shared);
  const length = steps.reduce((sum, step) => sum + step, 0);
  if (length > longest)
    throw new Failure(
      "usage",
      `weights ${weights.join(", ")} repeat only after ${length} iterations, expected at most ${longest}; round them`,
    );
  const credits = steps.map(() => 0);
  return Array.from({ length }, () => {
    // Each task gains its weight, the richest runs and pays for all.
    steps.forEach((step, task) => {
      credits[task] = (credits[task] ?? 0) + step;
    });
    const richest = credits.indexOf(Math.max(...credits));
    credits[richest] = (credits[richest] ?? 0) - length;
    return richest;
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
