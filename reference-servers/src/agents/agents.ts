import { setTimeout as wait } from "node:timers/promises";
import { ByteBudget, type Hold } from "../byte-budget.ts";
import { textBytes } from "../held-bytes.ts";
import { type Agent, TooBusy, UnknownAgent } from "./agent.ts";
import { login, shop } from "./shop.ts";
import { tokens } from "./tokens.ts";
import { echo, team } from "./transforms.ts";

/** Costs added to every call, both 0 unless asked for: a protocol benchmark lets the server's own cost show. */
export interface Burden {
  /** Waiting, as for a model. */
  readonly delayMs: number;
  /** Keeping the CPU busy. */
  readonly workMs: number;
}

/** Takes a chunk; resolves, where that takes time, when there is room for the next. */
export type Give = (chunk: string) => Promise<void> | undefined;

type Signal = AbortSignal | (() => AbortSignal) | undefined;

/** What a call under way needs beside its text: promises, a timer, the request it answers. */
const callBytes = 1024;
/** What a chunk needs beside its text. */
const chunkBytes = 64;

/** The agents behind every door. */
export class Agents {
  private readonly byName: ReadonlyMap<string, Agent> = new Map(
    [echo, ...team, tokens, login, shop].map((agent) => [agent.name, agent]),
  );
  private readonly burden: Burden;
  /** What is to be burned beside what asking the clock burns. */
  private readonly workMs: number;
  /** Calls so far: what a client's own count is compared with. */
  calls = 0;
  /** What calls that wait keep in memory, behind all doors together: texts, tasks at work, bodies that are being read. */
  readonly underWay = new ByteBudget();

  constructor(burden: Burden = { delayMs: 0, workMs: 0 }) {
    this.burden = burden;
    this.workMs = burden.workMs > 0 ? Math.max(leastWorkMs, burden.workMs - clockMs()) : 0;
  }

  get list(): readonly Agent[] {
    return [...this.byName.values()];
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /**
   * The whole answer as one text; at once where nothing has to be waited for.
   * Throws UnknownAgent, AgentFailed, or TooBusy where it would have to wait; rejects with TooBusy when its answer outgrows
   * the room there is, and with the signal's reason when that is aborted.
   * A signal costs more than an echo: a function is only asked for it when there is something to wait for.
   */
  run(name: string, text: string, signal?: Signal): string | Promise<string> {
    const answer = this.begin(name, text);
    if (this.burden.delayMs === 0 && answer.intervalMs === 0) {
      let whole = "";
      for (const chunk of answer.chunks) whole += chunk;
      return whole;
    }
    return this.collect(answer.chunks, answer.intervalMs, ...this.admit(text, signal));
  }

  /**
   * The answer chunk by chunk; `hold` is what the caller holds for it already. Throws as {@link run}, before the first chunk.
   * Must be iterated: that is what ends the hold.
   */
  stream(name: string, text: string, signal?: AbortSignal, hold?: Hold): AsyncIterable<string> {
    const answer = this.begin(name, text);
    return this.paced(answer.chunks, answer.intervalMs, ...this.admit(text, signal, hold));
  }

  /**
   * The whole answer as {@link run} gives it, each chunk given to `give` as well, as it comes; what that returns is waited
   * for. Throws and rejects as {@link run}.
   */
  tell(name: string, text: string, give: Give, signal?: Signal): Promise<string> {
    const answer = this.begin(name, text);
    return this.collect(answer.chunks, answer.intervalMs, ...this.admit(text, signal), give);
  }

  /** Counts a call that is to wait, and the bytes that it keeps meanwhile. Throws TooBusy. */
  hold(bytes: number): Hold {
    const hold = this.underWay.hold(callBytes + bytes);
    if (hold === null) throw new TooBusy(`no room for ${bytes} bytes more: ${this.underWay.heldBytes} are under way`);
    return hold;
  }

  /** What a call needs that is to wait. Throws what the signal's maker throws, and TooBusy: a call refused so is none. */
  private admit(text: string, signal: Signal, hold?: Hold): [hold: Hold, signal: AbortSignal | undefined] {
    try {
      const aborted = typeof signal === "function" ? signal() : signal;
      return [hold ?? this.hold(textBytes(text)), aborted];
    } catch (error) {
      this.calls--;
      throw error;
    }
  }

  private begin(name: string, text: string): { chunks: Iterable<string>; intervalMs: number } {
    const agent = this.byName.get(name);
    if (agent === undefined) throw new UnknownAgent(name);
    this.calls++;
    if (this.workMs > 0) burn(this.workMs);
    return agent.answer(text);
  }

  private async collect(
    chunks: Iterable<string>,
    intervalMs: number,
    hold: Hold,
    signal: AbortSignal | undefined,
    give?: Give,
  ): Promise<string> {
    let whole = "";
    for await (const chunk of this.paced(chunks, intervalMs, hold, signal)) {
      if (whole !== "") growBy(chunk, hold);
      whole += chunk;
      await give?.(chunk);
    }
    return whole;
  }

  private async *paced(
    chunks: Iterable<string>,
    intervalMs: number,
    hold: Hold,
    signal: AbortSignal | undefined,
  ): AsyncIterable<string> {
    try {
      const options = signal === undefined ? {} : { signal };
      if (this.burden.delayMs > 0) await wait(this.burden.delayMs, undefined, options);
      const pace = intervalMs > 0 ? new Pace(intervalMs) : null;
      for (const chunk of chunks) {
        await pace?.next(options);
        signal?.throwIfAborted();
        yield chunk;
      }
    } finally {
      hold.release();
    }
  }
}

/**
 * Lets one pass each so many milliseconds, the first at once. Timers are late by up to one or two; what they are late by
 * does not add up. After a reader that did not take what was ready it goes on from there, without a rush.
 */
class Pace {
  private readonly intervalMs: number;
  private dueAt = Number.NaN;

  constructor(intervalMs: number) {
    this.intervalMs = intervalMs;
  }

  async next(options: { readonly signal?: AbortSignal }): Promise<void> {
    const now = performance.now();
    const leftMs = this.dueAt - now;
    if (leftMs > 0) await wait(leftMs, undefined, options);
    this.dueAt = (leftMs > -this.intervalMs ? this.dueAt : now) + this.intervalMs;
  }
}

/** Counts a chunk that is kept until the answer is whole. Throws TooBusy. */
export function growBy(chunk: string, hold: Hold): void {
  if (!hold.grow(chunkBytes + chunk.length)) throw new TooBusy("no room for the rest of the answer");
}

/**
 * Asks `echo`, and gives its answer on: now, or once it has waited as long as it was told to. Answers keep the order of
 * the questions, since all of them wait equally long. Throws TooBusy.
 */
export function askEcho(agents: Agents, body: string, give: (answer: string) => void): void {
  const answer = agents.run("echo", body);
  if (typeof answer === "string") give(answer);
  else void answer.then(give);
}

/** So little that the clock is asked twice, and that is all. */
const leastWorkMs = 1e-6;
const clockSamples = 5000;

/** What it takes to burn nothing: asking the clock twice takes some tenths of a microsecond, which is much of a little work. */
function clockMs(): number {
  let beganAt = 0;
  // The second time its code is compiled.
  for (let n = 0; n < 2 * clockSamples; n++) {
    if (n === clockSamples) beganAt = performance.now();
    burn(leastWorkMs);
  }
  return (performance.now() - beganAt) / clockSamples;
}

function burn(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
