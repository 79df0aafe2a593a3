/** How a VU spends the time between two iterations. */
export type Think =
  /** Always so long. */
  | { readonly constantMs: number }
  /** Anything from one to the other, all alike. */
  | { readonly uniform: { readonly fromMs: number; readonly toMs: number } }
  /** From one start to the next; an iteration that takes longer is followed at once. */
  | { readonly pacingMs: number }
  /** At most so many iterations a second of each VU: pacing, said the other way round. */
  | { readonly perSecond: number };

/** What a VU knows when its iteration has ended. */
export interface Thinking {
  /** Since the iteration's start. */
  readonly elapsedMs: number;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
}

/** How many milliseconds a VU waits before its next iteration, 0 or more. */
export function thinkMs(think: Think, { elapsedMs, random }: Thinking): number {
  if ("constantMs" in think) return think.constantMs;
  if ("uniform" in think) {
    const { fromMs, toMs } = think.uniform;
    return fromMs + (toMs - fromMs) * random();
  }
  const pacingMs = "pacingMs" in think ? think.pacingMs : 1000 / think.perSecond;
  return Math.max(0, pacingMs - elapsedMs);
}
