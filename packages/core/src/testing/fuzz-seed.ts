import { configureGlobal } from "fast-check";

/**
 * Before each test file: what fast-check draws is the same in every run, so that a test fails by a change and not by chance.
 * With `FUZZ_SEED=random` each run draws other cases; with `FUZZ_SEED=N` those of that seed, which a failure names.
 */
const { FUZZ_SEED: seed = "1" } = process.env;
if (seed !== "random" && !/^-?\d+$/.test(seed)) throw new Error(`FUZZ_SEED=${seed}: expected a whole number or random`);
configureGlobal(seed === "random" ? {} : { seed: Number(seed) });
