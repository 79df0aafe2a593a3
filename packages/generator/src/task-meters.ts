import type { Failure } from "@apb/core/failure";
import type { Task } from "@apb/core/scenario";
import { noTally, type Tally, type TaskTally } from "@apb/core/snapshot";

/** An iteration of a task that has ended, on the generator's clock in milliseconds. */
export interface EndedTask {
  readonly intended: number;
  readonly started: number;
  readonly ended: number;
  /** Protocol operations it made. */
  readonly operations: number;
  /** What it did; null where it never began. */
  readonly task: Pick<Task, "name"> | null;
}

/** What samples are recorded by, as a step's are. */
interface Samples {
  succeed(intended: number, started: number, ended: number): void;
  fail(failure: Failure, intended: number, ended: number): void;
  take(): Tally | null;
}

/** What one task does, since it was last taken. */
interface TaskMeter {
  readonly iterations: Samples;
  completed: number;
  operations: number;
  interrupted: number;
}

/** Records each of a workload's several tasks. */
export class TaskMeters {
  private readonly tasks = new Map<string, TaskMeter>();
  private readonly samples: () => Samples;

  /** `samples` makes what one task's are recorded by. */
  constructor(samples: () => Samples) {
    this.samples = samples;
  }

  /** An iteration has succeeded, and counts for the throughput. */
  complete(iteration: EndedTask): void {
    const task = this.of(iteration);
    if (task === null) return;
    task.completed++;
    task.operations += iteration.operations;
  }

  /** One that is a sample has succeeded. */
  succeed(iteration: EndedTask): void {
    this.of(iteration)?.iterations.succeed(iteration.intended, iteration.started, iteration.ended);
  }

  /** One that is a sample has failed. */
  fail(failure: Failure, iteration: EndedTask): void {
    this.of(iteration)?.iterations.fail(failure, iteration.intended, iteration.ended);
  }

  /** One that is a sample was cut off. */
  interrupt(iteration: EndedTask): void {
    const task = this.of(iteration);
    if (task !== null) task.interrupted++;
  }

  /** What was recorded, by task; nothing of tasks that did nothing. */
  take(): Record<string, TaskTally> {
    const taken: Record<string, TaskTally> = {};
    for (const [name, task] of this.tasks) {
      const { completed, operations, interrupted } = task;
      const tally = task.iterations.take();
      if (tally === null && completed + interrupted === 0) continue;
      taken[name] = { ...(tally ?? noTally), completed, operations, interrupted };
      Object.assign(task, { completed: 0, operations: 0, interrupted: 0 });
    }
    return taken;
  }

  private of({ task }: EndedTask): TaskMeter | null {
    if (task === null) return null;
    const known = this.tasks.get(task.name);
    if (known !== undefined) return known;
    const fresh = { iterations: this.samples(), completed: 0, operations: 0, interrupted: 0 };
    this.tasks.set(task.name, fresh);
    return fresh;
  }
}
