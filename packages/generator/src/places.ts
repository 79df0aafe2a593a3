import type { Session } from "@apb/core/binding";
import { isOpen, partOf, type Share } from "@apb/core/load";
import type { VU, Workload } from "@apb/core/scenario";
import { mostVUs } from "@apb/core/vus";

/** Where an iteration can run, and on which connections. */
export type Place = Pick<VU, "id" | "sessions">;

/** A place for each VU, or for each connection of an open load; VUs share connections where there are fewer. */
export function placesOf({
  workload,
  share,
  sessions,
  asked,
}: {
  readonly workload: Workload;
  readonly share: Share;
  readonly sessions: readonly Session[];
  readonly asked: number;
}): readonly Place[] {
  const { load, sessionsPerVU: each } = workload;
  if (sessions.length === 0) return [];
  // VUs without a connection of their own would only queue behind the others.
  const vus = Math.floor((partOf(mostVUs(load), share) * sessions.length) / asked);
  const count = Math.max(1, isOpen(load) ? Math.floor(sessions.length / each) : vus);
  const session = (n: number): Session => sessions[n % sessions.length] as Session;
  return Array.from({ length: count }, (_, place) => ({
    id: place * share.of + share.index,
    sessions: Array.from({ length: each }, (_, n) => session(place * each + n)),
  }));
}
