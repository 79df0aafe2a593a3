import type { Profile } from "@apb/core/scenario";

const KiB = 1024;

/** The sizes a run can have; flags of the command line overwrite single fields. */
export const profiles: Readonly<Record<string, Profile>> = {
  /** For tests and CI: everything, tiny. */
  smoke: {
    name: "smoke",
    rounds: 1,
    warmUpMs: 50,
    primeMs: 100,
    windowMs: 200,
    churnMs: 1000,
    ceilingMs: 900,
    sizesBytes: [1 * KiB, 10 * KiB, 100 * KiB],
    rungs: [10, 100],
    events: [20],
    vus: 10,
  },
  /** For a person at a terminal. */
  quick: {
    name: "quick",
    rounds: 2,
    warmUpMs: 200,
    primeMs: 700,
    windowMs: 500,
    churnMs: 8000,
    ceilingMs: 1500,
    sizesBytes: [1 * KiB, 10 * KiB, 100 * KiB],
    rungs: [10, 100, 1000],
    vus: 10,
  },
  /** For every night. */
  standard: {
    name: "standard",
    rounds: 6,
    warmUpMs: 1000,
    primeMs: 3000,
    windowMs: 3000,
    churnMs: 15_000,
    ceilingMs: 3000,
    sizesBytes: [1 * KiB, 10 * KiB, 100 * KiB],
    rungs: [10, 100, 1000],
    vus: 10,
  },
  /** One restart of an A/B, of which there are many: what differs between two starts of a server is more than what longer windows would even out. */
  ab: {
    name: "ab",
    rounds: 1,
    warmUpMs: 100,
    primeMs: 400,
    windowMs: 800,
    sizesBytes: [1 * KiB],
    rungs: [10, 100],
    vus: 10,
  },
  /** For a report. */
  full: {
    name: "full",
    rounds: 10,
    warmUpMs: 2000,
    primeMs: 5000,
    windowMs: 10_000,
    churnMs: 30_000,
    ceilingMs: 3000,
    sizesBytes: [1 * KiB, 10 * KiB, 100 * KiB],
    rungs: [10, 100, 1000, 10_000],
    vus: 10,
  },
};
