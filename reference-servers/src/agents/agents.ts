import { setTimeout as wait } from "node:timers/promises";
import { type Agent, UnknownAgent } from "./agent.ts";
import { tokens } from "./tokens.ts";
import { echo, team } from "./transforms.ts";

/** Costs added to every call, both 0 unless asked for: a protocol benchmark lets the server's own cost show. */
export interface Burden {
  /** Waiting, as for a model. */
  readonly delayMs: number;
  /** Keeping the CPU busy. */
  readonly workMs: number;
}

/** The agents behind every door. */
export class Agents {
  private readonly byName: ReadonlyMap<string, Agent> = new Map(
    [echo, ...team, tokens].map((agent) => [agent.name, agent]),
  );
  private readonly burden: Burden;
  /** Calls so far: what a client's own count is compared with. */
  calls = 0;

  constructor(burden: Burden = { delayMs: 0, workMs: 0 }) {
    this.burden = burden;
  }

  get list(): readonly Agent[] {
    return [...this.byName.values()];
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /**
   * The whole answer as one text; at once where nothing has to be waited for.
   * Throws (or rejects with) UnknownAgent or AgentFailed; aborting rejects with the signal's reason.
   * A signal costs more than an echo: a function is only asked for it when there is something to wait for.
   */
  run(name: string, text: string, signal?: AbortSignal | (() => AbortSignal)): string | Promise<string> {
    const answer = this.begin(name, text);
    if (this.burden.delayMs === 0 && answer.intervalMs === 0) {
      let whole = "";
      for (const chunk of answer.chunks) whole += chunk;
      return whole;
    }
    return this.collect(answer.chunks, answer.intervalMs, typeof signal === "function" ? signal() : signal);
  }

  /** The answer chunk by chunk. Throws as {@link run}, before the first chunk. */
  stream(name: string, text: string, signal?: AbortSignal): AsyncIterable<string> {
    const answer = this.begin(name, text);
    return this.paced(answer.chunks, answer.intervalMs, signal);
  }

  private begin(name: string, text: string): { chunks: Iterable<string>; intervalMs: number } {
    const agent = this.byName.get(name);
    if (agent === undefined) throw new UnknownAgent(name);
    this.calls++;
    if (this.burden.workMs > 0) burn(this.burden.workMs);
    return agent.answer(text);
  }

  private async collect(chunks: Iterable<string>, intervalMs: number, signal?: AbortSignal): Promise<string> {
    let whole = "";
    for await (const chunk of this.paced(chunks, intervalMs, signal)) whole += chunk;
    return whole;
  }

  private async *paced(chunks: Iterable<string>, intervalMs: number, signal?: AbortSignal): AsyncIterable<string> {
    const options = signal === undefined ? {} : { signal };
    if (this.burden.delayMs > 0) await wait(this.burden.delayMs, undefined, options);
    let first = true;
    for (const chunk of chunks) {
      if (!first && intervalMs > 0) await wait(intervalMs, undefined, options);
      first = false;
      signal?.throwIfAborted();
      yield chunk;
    }
  }
}

/**
 * Asks `echo`, and gives its answer on: now, or once it has waited as long as it was told to. Answers keep the order of
 * the questions, since all of them wait equally long.
 */
export function askEcho(agents: Agents, body: string, give: (answer: string) => void): void {
  const answer = agents.run("echo", body);
  if (typeof answer === "string") give(answer);
  else void answer.then(give);
}

function burn(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
