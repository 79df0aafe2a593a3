/** Numbers from 0 up to, not including, 1 (mulberry32): the same seed, a whole number, gives the same ones everywhere. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A draw under a name: numbers from 0 up to, not including, 1, that only the run's seed, the name, the VU and the iteration decide.
 * Two names are two draws, also in the same iteration.
 */
export function drawOf(
  name: string,
): (of: { readonly seed: number; readonly id: number; readonly iteration: number }) => number {
  // FNV-1a, https://www.rfc-editor.org/rfc/rfc9923
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return ({ seed, id, iteration }) => {
    const mixed = [seed, id, iteration].reduce((sum, part) => Math.imul(sum ^ part, 0x9e3779b1) + (sum >>> 15), hash);
    return randomOf(mixed)();
  };
}

/** The items in an order that only the seed decides (Fisher–Yates). */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const result = [...items];
  const next = randomOf(seed);
  for (let last = result.length - 1; last > 0; last--) {
    const chosen = Math.floor(next() * (last + 1));
    [result[last], result[chosen]] = [result[chosen] as T, result[last] as T];
  }
  return result;
}
