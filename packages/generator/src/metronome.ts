import { Worker } from "node:worker_threads";
import { monotonic } from "@apb/core/clock";

interface Waiter {
  readonly time: number;
  readonly wake: () => void;
}

/**
 * Wakes this thread on time without keeping it busy. Another thread sleeps for it: this one wakes 0.1 to 0.3 ms after the
 * time, at a cost of 50 to 80 µs of CPU, where asking the clock until it is time costs all there is, which the server may need.
 */
export class Metronome {
  private readonly calls = new Int32Array(new SharedArrayBuffer(4));
  /** When to wake next, in milliseconds of the clock that all threads share. */
  private readonly due = new Float64Array(new SharedArrayBuffer(8));
  private readonly sharedOffset = Number(process.hrtime.bigint()) / 1e6 - monotonic();
  private readonly thread: Worker;
  /** The first to wake first. */
  private waiters: Waiter[] = [];
  /** Whether the thread has begun; until then nobody would be woken in time. */
  ready = false;

  constructor() {
    const { calls, due } = this;
    // Without the options of this process, which would make the thread load a compiler.
    this.thread = new Worker(new URL("metronome-thread.mjs", import.meta.url), {
      workerData: { calls, due },
      execArgv: [],
    });
    this.thread.once("online", () => {
      this.ready = true;
    });
    this.thread.on("message", () => this.wakeDue());
    this.thread.unref();
  }

  /** Calls `wake` at this time of `monotonic`, or a moment later. */
  at(time: number, wake: () => void): void {
    if (this.waiters.length === 0) this.thread.ref();
    this.waiters = [...this.waiters, { time, wake }].sort((a, b) => a.time - b.time);
    this.callFirst();
  }

  private wakeDue(): void {
    const now = monotonic();
    const due = this.waiters.filter(({ time }) => time <= now);
    this.waiters = this.waiters.filter(({ time }) => time > now);
    if (this.waiters.length === 0) this.thread.unref();
    this.callFirst();
    for (const { wake } of due) wake();
  }

  private callFirst(): void {
    const [first] = this.waiters;
    if (first === undefined) return;
    this.due[0] = this.sharedOffset + first.time;
    Atomics.add(this.calls, 0, 1);
    Atomics.notify(this.calls, 0);
  }
}
