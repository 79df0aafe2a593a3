import type { Reply, StreamEnd } from "@apb/core/binding";
import { StreamTimes } from "./stream-times.ts";
import type { Time } from "./time.ts";

/** Who is told of a stream as its reader takes it. */
export interface StreamEar {
  /** An event was taken that arrived at this time. */
  event(arrivedAt: number): void;
  /** It has ended like this; null where its reader has left it. */
  ended(times: StreamTimes, end: StreamEnd | null): void;
  failed(error: unknown): void;
}

/** When a stream began, when it was due, and the pace it was asked for. */
export interface StreamStart {
  readonly dueAt: number;
  readonly intervalMs: number;
}

/**
 * The replies of a stream for their reader, who may take them whenever it likes: they are timed by when they arrived.
 * Written out, because a generator function around another one doubles what an event costs.
 */
export class TimedReplies implements AsyncIterator<Reply> {
  private readonly inner: AsyncIterator<Reply>;
  private readonly ear: StreamEar;
  private readonly time: Pick<Time, "now" | "at">;
  private readonly times: StreamTimes;
  private over = false;
  private readonly take: (result: IteratorResult<Reply>) => IteratorResult<Reply>;
  private readonly fail: (error: unknown) => never;

  constructor(
    inner: AsyncIterator<Reply>,
    { dueAt, intervalMs }: StreamStart,
    ear: StreamEar,
    time: Pick<Time, "now" | "at">,
  ) {
    this.inner = inner;
    this.ear = ear;
    this.time = time;
    this.times = new StreamTimes(dueAt, intervalMs);
    this.take = (result) => this.taken(result);
    this.fail = (error) => {
      if (!this.over) ear.failed(error);
      this.over = true;
      throw error;
    };
  }

  next(): Promise<IteratorResult<Reply>> {
    return this.inner.next().then(this.take, this.fail);
  }

  async return(): Promise<IteratorResult<Reply>> {
    if (!this.over) this.ear.ended(this.times, null);
    this.over = true;
    await this.inner.return?.();
    return { done: true, value: undefined };
  }

  private taken(result: IteratorResult<Reply>): IteratorResult<Reply> {
    if (this.over) return result;
    if (result.done !== true) {
      const { value } = result;
      const at = this.timeOf(value.kind === "message" ? value.atMs : undefined);
      this.times.arrive(at);
      this.ear.event(at);
      return result;
    }
    this.over = true;
    const { atMs, silent } = endIn(result.value);
    this.ear.ended(this.times, { atMs: this.timeOf(atMs), silent });
    return result;
  }

  /** When bytes arrived, on the load's clock; now, where nobody saw them. */
  private timeOf(arrivedAt: number | undefined): number {
    return arrivedAt === undefined ? this.time.now() : this.time.at(arrivedAt);
  }
}

/** What a stream's iterator is done with, as far as that is known. */
function endIn(value: Partial<StreamEnd> | null | undefined): Partial<StreamEnd> & { readonly silent: number } {
  return { silent: 0, ...value };
}
