import { parentPort, workerData } from "node:worker_threads";

// A thread that does nothing but sleep until a time and say so: sleeping in `Atomics.wait` is good to a tenth of a
// millisecond, where timers of the event loop are good to one or two. See metronome.ts for what is shared.
const { calls, due } = workerData;
const now = () => Number(process.hrtime.bigint()) / 1e6;

for (let heard = 0; ; ) {
  Atomics.wait(calls, 0, heard);
  // Called again while asleep, it looks at its new time.
  for (;;) {
    heard = Atomics.load(calls, 0);
    const left = due[0] - now();
    if (left <= 0) break;
    Atomics.wait(calls, 0, heard, left);
  }
  parentPort?.postMessage(null);
}
