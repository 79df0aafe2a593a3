/**
 * The regularised incomplete beta function I_x(a, b), for a and b above 0 and x from 0 to 1: the distribution function behind
 * Student's t and the binomial. By its continued fraction (DLMF 8.17.22), to 10 digits or more for a and b up to some thousand.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // On the other side of its mean the fraction converges slowly.
  return x <= (a + 1) / (a + b + 2) ? byFraction(x, 1 - x, a, b) : 1 - byFraction(1 - x, x, b, a);
}

function byFraction(x: number, rest: number, a: number, b: number): number {
  let value = 1;
  // Terms needed grow with the root of the larger parameter.
  for (let n = 100 + Math.ceil(10 * Math.sqrt(Math.max(a, b))); n > 0; n--) {
    const m = n >>> 1;
    const term = n % 2 === 0 ? m * (b - m) : -(a + m) * (a + b + m);
    value = 1 + (term * x) / ((a + n - 1) * (a + n)) / value;
  }
  return Math.exp(a * Math.log(x) + b * Math.log(rest) + logGamma(a + b) - logGamma(a) - logGamma(b)) / (a * value);
}

/** By Stirling's series, to which a small x is led up by Γ(x + 1) = x Γ(x). */
function logGamma(x: number): number {
  let product = 1;
  let large = x;
  for (; large < 15; large++) product *= large;
  const square = large * large;
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / large;
  return (large - 0.5) * Math.log(large) - large + Math.log(2 * Math.PI) / 2 + series - Math.log(product);
}
