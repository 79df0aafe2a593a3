import type { Entry } from "./calibration.ts";
import type { Arena, Contender, Effort } from "./contenders.ts";
import { sentenceOf } from "./program.ts";

/** How a contest goes on, told before each run. */
export type Announce = (round: number, contender: Contender) => void;

/**
 * All contenders in turn, round after round, each round in the reverse order of the last. A run that fails is noted and
 * does not end the contest; an aborted signal does.
 */
export async function contest(
  contenders: readonly Contender[],
  arena: Arena,
  effort: Effort,
  rounds: number,
  announce: Announce,
  signal: AbortSignal,
): Promise<readonly Entry[]> {
  const entries = contenders.map((contender) => ({
    contender,
    outcomes: [] as Entry["outcomes"][number][],
    troubles: [] as string[],
  }));
  for (let round = 1; round <= rounds; round++) {
    for (const { contender, outcomes, troubles } of round % 2 === 1 ? entries : entries.toReversed()) {
      signal.throwIfAborted();
      announce(round, contender);
      try {
        outcomes.push(await contender.run(arena, effort, signal));
      } catch (error) {
        signal.throwIfAborted();
        troubles.push(sentenceOf(error));
      }
    }
  }
  return entries;
}
