/**
 * The probability of each number of inversions, pairs in falling order, when things are put in a row at random. `groups` are
 * the numbers of things that are equal among themselves, between which there is no order: of n different ones
 * `[1, 1, …]`, whose inversions are Kendall's distribution; of two samples `[m, n]`, whose are Mann and Whitney's U. As the
 * coefficients of the q-multinomial, a factor (1 − qᴺ) / (1 − qⁱ) for the i-th of its group, the N-th of all (MacMahon 1913;
 * Harding 1984).
 */
export function inversionMasses(groups: readonly number[]): Float64Array {
  let masses = Float64Array.of(1);
  let all = 0;
  for (const size of groups)
    for (let i = 1; i <= size; i++) {
      all++;
      masses = multiplied(masses, all, i);
    }
  return masses;
}

/** By (1 − qᴺ) / (1 − qⁱ) · i / N. Both halves are the same: the first alone is worked out, so that tails keep their digits. */
function multiplied(masses: Float64Array, all: number, i: number): Float64Array<ArrayBuffer> {
  const product = new Float64Array(masses.length + all - i);
  for (let k = 0; 2 * k < product.length; k++) {
    const sum = (masses[k] ?? 0) - (masses[k - all] ?? 0) + ((product[k - i] ?? 0) * all) / i;
    product[k] = (sum * i) / all;
  }
  for (let k = product.length >>> 1; k < product.length; k++) product[k] = product[product.length - 1 - k] ?? 0;
  return product;
}
