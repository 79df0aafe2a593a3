/** Mean and spread of a sample. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  /** The sample standard deviation, by n − 1; 0 of fewer than two values. */
  readonly sd: number;
}

/** Mean and standard deviation; the mean of nothing is NaN. */
export function momentsOf(values: readonly number[]): Moments {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { n, mean, sd: n < 2 ? 0 : Math.sqrt(squares / (n - 1)) };
}
