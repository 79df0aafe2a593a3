import { Failure } from "@apb/core/failure";
import { Bench } from "tinybench";

/** Calls in one sample, so that reading the clock is a small part of it. */
const batch = 10;

/** Keeps results in use, so that no call can be left out as useless. */
let used = 0;

/** Median time of one call, in nanoseconds; `quick` only shows that it works. The call returns any number it has made. */
export function medianNs(name: string, call: () => number, quick: boolean): number {
  const bench = new Bench({
    time: quick ? 5 : 250,
    warmupTime: quick ? 1 : 75,
    iterations: quick ? 1 : 16,
    warmupIterations: 1,
    throws: true,
  });
  bench.add(name, () => {
    for (let n = 0; n < batch; n++) used += call();
  });
  const [task] = bench.runSync();
  if (task?.result.state !== "completed" || used === 0) throw new Failure("internal", `${name} was not measured`);
  return (task.result.latency.p50 * 1e6) / batch;
}
