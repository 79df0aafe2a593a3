import { randomUUID } from "node:crypto";
import { TooBusy, UnknownAgent } from "./agents/agent.ts";
import { type Agents, growBy } from "./agents/agents.ts";
import type { Hold } from "./byte-budget.ts";
import { heldBytes, textBytes } from "./held-bytes.ts";

/** One call of an agent that lives on after the request that started it: A2A's task, ACP's run. */
export interface Task<Source = unknown> {
  readonly id: string;
  readonly agent: string;
  /** What groups calls: A2A's context, ACP's session. */
  readonly contextId: string;
  readonly input: string;
  /** What the door wants to find again with the task. */
  readonly source: Source | undefined;
  readonly state: "working" | "completed" | "failed" | "cancelled";
  /** Chunks so far. */
  readonly output: readonly string[];
  /** Why it failed, else null. */
  readonly error: string | null;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

interface Running<Source> {
  task: Task<Source> & { output: string[] };
  readonly controller: AbortController;
  /** Bytes it keeps in memory: what came in at first, all of it once it has ended. */
  bytes: number;
  /** What it holds of the server's room while it is at work. */
  readonly hold: Hold;
  /** Woken at every change. */
  watchers: (() => void)[];
}

/** Finished tasks that can still be asked for; older ones are forgotten, so that memory is bounded. The last is always kept. */
const keepFinished = 1000;
/** What these tasks may keep in memory together, and what came in with any one of them. */
const keepBytes = 32 * 1024 * 1024;
/** Tasks at work at the same time; more are refused. */
const mostAtWork = 10_000;

/** The tasks of one server, newest last. */
export class Tasks<Source = undefined> {
  private readonly agents: Agents;
  private readonly byId = new Map<string, Running<Source>>();
  private readonly finished: string[] = [];
  private finishedBytes = 0;

  constructor(agents: Agents) {
    this.agents = agents;
  }

  /** Bytes that finished tasks keep in memory; those at work are counted by the agents. */
  get keptBytes(): number {
    return this.finishedBytes;
  }

  /** Starts an agent and returns at once. Throws UnknownAgent or TooBusy. */
  start(agent: string, input: string, contextId: string = randomUUID(), source?: Source): Task<Source> {
    const running = this.add(agent, input, contextId, source);
    void this.work(running);
    return running.task;
  }

  /** Keeps a call that has failed already as a task. Throws as {@link start}. */
  fail(agent: string, input: string, error: string, contextId: string = randomUUID(), source?: Source): Task<Source> {
    const running = this.add(agent, input, contextId, source);
    this.finish(running, "failed", error);
    return running.task;
  }

  /** The task as it is now; undefined when there is none of this id, or it was forgotten. */
  get(id: string): Task<Source> | undefined {
    return this.byId.get(id)?.task;
  }

  /** Tells the task as it is at any time, also when it has been forgotten since; undefined when there is none of this id now. */
  follow(id: string): (() => Task<Source>) | undefined {
    const running = this.byId.get(id);
    return running === undefined ? undefined : () => running.task;
  }

  /** All known tasks, oldest first. */
  list(): readonly Task<Source>[] {
    return [...this.byId.values()].map((running) => running.task);
  }

  /** Stops a working task. The task as it is then, or undefined when there is none; one that had ended stays as it was. */
  cancel(id: string): Task<Source> | undefined {
    const running = this.byId.get(id);
    if (running?.task.state === "working") {
      this.finish(running, "cancelled", null);
      running.controller.abort();
    }
    return running?.task;
  }

  /** Each chunk from number `from` on as it comes; ends when the task has ended. Aborting ends the watching, not the task. */
  async *watch(id: string, signal?: AbortSignal, from = 0): AsyncIterable<string> {
    const running = this.byId.get(id);
    if (running === undefined) return;
    for (let next = from; ; ) {
      const { output, state } = running.task;
      const chunk = output[next];
      if (chunk !== undefined) {
        next++;
        yield chunk;
      } else if (state !== "working" || signal?.aborted) return;
      else await this.change(running, signal);
    }
  }

  /** Resolves with the task once it has ended (or the signal aborted). */
  async ended(id: string, signal?: AbortSignal): Promise<Task<Source> | undefined> {
    const running = this.byId.get(id);
    while (running !== undefined && running.task.state === "working" && !signal?.aborted) {
      await this.change(running, signal);
    }
    return running?.task;
  }

  private add(agent: string, input: string, contextId: string, source: Source | undefined): Running<Source> {
    if (!this.agents.has(agent)) throw new UnknownAgent(agent);
    if (this.byId.size - this.finished.length >= mostAtWork) throw new TooBusy(`${mostAtWork} tasks are at work`);
    const bytes = textBytes(input) + heldBytes([contextId, source], input);
    if (bytes > keepBytes) throw new TooBusy(`a task may keep ${keepBytes} bytes in memory, this one needs ${bytes}`);
    const running: Running<Source> = {
      task: {
        id: randomUUID(),
        agent,
        contextId,
        input,
        source,
        state: "working",
        output: [],
        error: null,
        createdAt: new Date().toISOString(),
        finishedAt: null,
      },
      controller: new AbortController(),
      bytes,
      hold: this.agents.hold(bytes),
      watchers: [],
    };
    this.byId.set(running.task.id, running);
    return running;
  }

  private change(running: Running<Source>, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      running.watchers.push(wake);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  private async work(running: Running<Source>): Promise<void> {
    const { agent, input } = running.task;
    try {
      for await (const chunk of this.agents.stream(agent, input, running.controller.signal, running.hold)) {
        if (running.task.state !== "working") return;
        if (running.task.output.length > 0) growBy(chunk, running.hold);
        running.task.output.push(chunk);
        this.wake(running);
      }
      this.finish(running, "completed", null);
    } catch (error) {
      this.finish(running, "failed", error instanceof Error ? error.message : String(error));
    }
  }

  private finish(running: Running<Source>, state: Task["state"], error: string | null): void {
    if (running.task.state !== "working") return;
    running.task = { ...running.task, state, error, finishedAt: new Date().toISOString() };
    running.hold.release();
    running.bytes += heldBytes(running.task.output, running.task.input);
    this.finished.push(running.task.id);
    this.finishedBytes += running.bytes;
    this.forget();
    this.wake(running);
  }

  private forget(): void {
    while (this.finished.length > keepFinished || (this.finished.length > 1 && this.finishedBytes > keepBytes)) {
      const id = this.finished.shift() as string;
      this.finishedBytes -= (this.byId.get(id) as Running<Source>).bytes;
      this.byId.delete(id);
    }
  }

  private wake(running: Running<Source>): void {
    const watchers = running.watchers;
    running.watchers = [];
    for (const watcher of watchers) watcher();
  }
}
