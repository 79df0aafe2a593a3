import type { Load } from "@apb/core/scenario";

/** Part `index` of `parts` of a whole number: the parts differ by one at most and sum to the whole. */
function part(whole: number, index: number, parts: number): number {
  return Math.floor((whole * (index + 1)) / parts) - Math.floor((whole * index) / parts);
}

/**
 * One load as several that are it together: users, sessions, iterations and places in flight sum to the whole, and the
 * arrivals of an open load take turns, so that together they keep the whole's even schedule. At most `parts`, fewer
 * when the load has not as many users or sessions. Pure.
 */
export function split(load: Load, parts: number, sessionsPerUser: number): readonly Load[] {
  const units = Math.floor(load.sessions / sessionsPerUser);
  const most = load.model === "closed" ? Math.min(load.users, units) : units;
  const count = Math.max(1, Math.min(parts, most, load.until.iterations ?? Number.POSITIVE_INFINITY));
  return Array.from({ length: count }, (_, index): Load => {
    const of = (whole: number): number => part(whole, index, count);
    const { durationMs, iterations } = load.until;
    const until = { durationMs, ...(iterations === undefined ? {} : { iterations: of(iterations) }) };
    // Whole users' sessions, and what is left over with the last.
    const rest = index === count - 1 ? load.sessions - units * sessionsPerUser : 0;
    const sessions = of(units) * sessionsPerUser + rest;
    if (load.model === "closed") return { model: "closed", users: of(load.users), sessions, until };
    const { perSecond, maxInFlight } = load;
    return {
      model: "open",
      perSecond: perSecond / count,
      offsetMs: (load.offsetMs ?? 0) + (index * 1000) / perSecond,
      maxInFlight: of(maxInFlight),
      sessions,
      until,
    };
  });
}
