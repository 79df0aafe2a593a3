import type { CellEvent, Company, MeasureOptions } from "./events.ts";
import type { Generator } from "./generator.ts";
import { measureGroup } from "./measure.ts";
import type { Group } from "./plan.ts";
import type { Equipment } from "./rig.ts";
import { Told } from "./told.ts";

/** One of those that are compared: its cells, and who is started for them. */
export interface SideOfAB {
  readonly group: Group;
  readonly equipment: Omit<Equipment, "generate">;
  readonly options: MeasureOptions;
}

/** What a side told, by its number. */
export interface SideEvent {
  readonly side: number;
  readonly event: CellEvent;
}

export interface Abreast {
  /** One process that holds the connections of all sides; a generator for each. */
  generate(sides: number): readonly Generator[];
  /** How long a turn is. */
  readonly sliceMs: number;
  readonly signal: AbortSignal;
}

/**
 * Starts every side's server and one generator for all, fresh, and measures the sides' cells abreast: their loads take
 * turns. What they tell comes as it is told. As soon as a cell of one side fails the others end too: there is nothing to
 * compare theirs with.
 */
export async function* measureAbreast(
  sides: readonly SideOfAB[],
  { generate, sliceMs, signal }: Abreast,
): AsyncIterable<SideEvent> {
  const ending = new AbortController();
  const heeded = AbortSignal.any([signal, ending.signal]);
  const generators = generate(sides.length);
  const meeting = new Meeting(sides.length);
  const company: Company = { sides: sides.length, sliceMs, gather: () => meeting.gather() };
  const streams = sides.map(({ group, equipment, options }, side) => {
    const generator = lasting(generators[side] as Generator);
    return measureGroup(group, { ...equipment, generate: () => generator }, { ...options, company, signal: heeded });
  });
  try {
    for await (const told of merged(streams)) {
      yield told;
      if (told.event.kind === "cell" && told.event.result.status === "failed") ending.abort();
    }
  } finally {
    ending.abort();
    await Promise.all(generators.map((generator) => generator[Symbol.asyncDispose]()));
  }
}

/** A side's part of a process that others need, too: when one of them is done with it, it only loses its connections. */
function lasting(generator: Generator): Generator {
  return { ...generator, [Symbol.asyncDispose]: () => generator.disconnect().catch(() => undefined) };
}

/** Where so many wait for each other, again and again. */
class Meeting {
  private readonly of: number;
  private come: (() => void)[] = [];

  constructor(of: number) {
    this.of = of;
  }

  gather(): Promise<void> {
    return new Promise((resolve) => {
      this.come.push(resolve);
      if (this.come.length < this.of) return;
      const { come } = this;
      this.come = [];
      for (const go of come) go();
    });
  }
}

/** What several tell, as it comes, with who told it. Throws what the first of them throws, when the others have ended. */
async function* merged(streams: readonly AsyncIterable<CellEvent>[]): AsyncIterable<SideEvent> {
  const told = new Told<SideEvent>();
  const listen = async (stream: AsyncIterable<CellEvent>, side: number): Promise<void> => {
    for await (const event of stream) told.tell({ side, event });
  };
  const ended = Promise.allSettled(streams.map(listen)).finally(() => told.end());
  yield* told;
  for (const one of await ended) if (one.status === "rejected") throw one.reason;
}
