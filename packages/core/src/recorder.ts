import type { StepResult } from "./cell.ts";
import type { FailureKind } from "./failure.ts";
import { Histogram } from "./histogram.ts";

/** The samples of one step over one window: successes by response and by service time, failures apart. */
export class StepRecorder {
  private readonly response = new Histogram();
  private readonly service = new Histogram();
  private readonly failed = new Histogram();
  private readonly failures: Partial<Record<FailureKind, number>> = {};

  /** A successful sample by its three clocks, in milliseconds of one monotonic clock. */
  succeed(intended: number, started: number, ended: number): void {
    this.response.record(ended - intended);
    this.service.record(ended - started);
  }

  /** A failed sample: counted by kind, its time kept apart. */
  fail(kind: FailureKind, intended: number, ended: number): void {
    this.failures[kind] = (this.failures[kind] ?? 0) + 1;
    this.failed.record(ended - intended);
  }

  result(): StepResult {
    return {
      count: this.response.count,
      failures: { ...this.failures },
      responseMs: this.response.latency(),
      serviceMs: this.service.latency(),
      failedMs: this.failed.latency(),
      histogram: this.response.encode(),
      serviceHistogram: this.service.encode(),
      failedHistogram: this.failed.encode(),
    };
  }
}

/** All steps of a window, each made when its first sample comes. */
export class Recorder {
  private readonly steps = new Map<string, StepRecorder>();

  step(name: string): StepRecorder {
    let recorder = this.steps.get(name);
    if (recorder === undefined) {
      recorder = new StepRecorder();
      this.steps.set(name, recorder);
    }
    return recorder;
  }

  result(): Record<string, StepResult> {
    return Object.fromEntries([...this.steps].map(([name, recorder]) => [name, recorder.result()]));
  }
}
