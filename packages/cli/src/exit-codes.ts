/** What the program's exit status says. */
export const exitCodes = {
  fine: 0,
  /** A cell failed, a check failed, or something got worse than allowed. */
  failed: 1,
  usage: 2,
  /** Ended by Ctrl-C or SIGTERM; what was measured is saved. */
  interrupted: 130,
} as const;
