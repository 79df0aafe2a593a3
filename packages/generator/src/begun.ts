/** What came of the starts of VUs. */
export interface Begun {
  readonly asked: number;
  readonly begun: number;
  /** The first failure's message, with whose it was; null when there was none. */
  readonly firstFailure: string | null;
}

/** No VU that had to start. */
export const noneBegun: Begun = { asked: 0, begun: 0, firstFailure: null };

/** What came of starts here and there. */
export function mergeBegun(a: Begun, b: Begun): Begun {
  return { asked: a.asked + b.asked, begun: a.begun + b.begun, firstFailure: a.firstFailure ?? b.firstFailure };
}
