/** A number to so many significant digits but with its whole part whole: `0.50`, `12`, `2810`, never `2.8e+3`. */
export function plainNumber(value: number, digits: number): string {
  const text = value.toPrecision(digits);
  return Math.abs(Number(text)) >= 10 ** digits ? String(Math.round(value)) : text;
}
