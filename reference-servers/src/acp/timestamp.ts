let lastMs = Number.NaN;
let text = "";

/** The time now in ISO 8601, to the millisecond. Written anew once a millisecond only: it is asked for twice a run. */
export function timestamp(): string {
  const now = Date.now();
  if (now !== lastMs) text = new Date(now).toISOString();
  lastMs = now;
  return text;
}
