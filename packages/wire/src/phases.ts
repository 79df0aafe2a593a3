import type { ObservePhases, PhaseEar } from "@apb/core/phases";

let ear: PhaseEar | null = null;
/** When the read that is being given out came. */
let readAt = Number.NaN;

/** Tells of the calls on this process's own sockets: of HTTP/1.1 and gRPC. While nobody is told no clock is read. */
export const observePhases: ObservePhases = (observe) => {
  ear = observe;
  readAt = Number.NaN;
};

/** Now; NaN while nobody is told. */
export function phaseTime(): number {
  return ear === null ? Number.NaN : ear.now();
}

/** A socket has been read: once for all calls whose bytes came in that read. */
export function markRead(): void {
  if (ear !== null) readAt = ear.now();
}

/** When that was; NaN while nobody is told. */
export function readTime(): number {
  return readAt;
}

/**
 * An answer has come whole, in the read that is being given out, after the call was blocked for so long (NaN where calls
 * cannot be). Nothing is told of a call that was begun before anybody was.
 */
export function tellPhases(blockedMs: number, sentAt: number, firstAt: number): void {
  if (ear === null || Number.isNaN(firstAt - sentAt)) return;
  ear.told({ blocked: blockedMs, waiting: firstAt - sentAt, receiving: readAt - firstAt }, readAt);
}
