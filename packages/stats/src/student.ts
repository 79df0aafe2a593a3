import { incompleteBeta } from "./beta.ts";
import type { Moments } from "./moments.ts";

/** The two-sided p of Student's t with so many degrees of freedom, above 0: how often chance alone is as far from 0. */
export function studentP(t: number, degrees: number): number {
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** How far from 0 Student's t is no more than so often by chance, on both sides together; p is above 0 and below 1. */
export function studentQuantile(p: number, degrees: number): number {
  let [low, high] = [0, 1];
  while (studentP(high, degrees) > p) high *= 2;
  for (let n = 0; n < 60; n++) {
    const middle = (low + high) / 2;
    if (studentP(middle, degrees) > p) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Student's test of two samples with one spread: the two-sided p of their means if the true ones were equal. Of samples that do
 * not vary, 1 if their means are equal and 0 if not; 1 where there are fewer than three values in all.
 */
export function pooledP(a: Moments, b: Moments): number {
  const degrees = a.n + b.n - 2;
  if (a.n === 0 || b.n === 0 || degrees < 1 || a.mean === b.mean) return 1;
  const variance = ((a.n - 1) * a.sd ** 2 + (b.n - 1) * b.sd ** 2) / degrees;
  return studentP((a.mean - b.mean) / Math.sqrt(variance * (1 / a.n + 1 / b.n)), degrees);
}
