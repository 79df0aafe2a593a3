/** Numbers between 0 and 1, the same ones for the same seed (mulberry32). */
export function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normal numbers of mean 0 and standard deviation 1 (Box and Muller). */
export function normals(seed: number): () => number {
  const uniform = uniforms(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** The share of samples, each of `n` values made by `draw`, of which the test holds. */
export function shareOf(
  samples: number,
  n: number,
  draw: () => number,
  holds: (sample: readonly number[]) => boolean,
): number {
  let held = 0;
  for (let sample = 0; sample < samples; sample++) if (holds(Array.from({ length: n }, draw))) held++;
  return held / samples;
}

/** Every way to choose so many of a list. */
export function choices<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  if (size === 0) return [[]];
  return list.flatMap((first, n) => choices(list.slice(n + 1), size - 1).map((rest) => [first, ...rest]));
}

/** Every order of a list. */
export function orders<T>(list: readonly T[]): readonly (readonly T[])[] {
  if (list.length === 0) return [[]];
  return list.flatMap((first, n) =>
    orders([...list.slice(0, n), ...list.slice(n + 1)]).map((rest) => [first, ...rest]),
  );
}
