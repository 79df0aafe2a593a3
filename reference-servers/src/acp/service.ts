import { type AgentManifest, type Run, type Session, textPart } from "@apb/protocols/acp";
import { type RunOrder, readRunCreate } from "@apb/protocols/acp-server";
import { AgentFailed, UnknownAgent } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import { type Task, Tasks } from "../tasks.ts";
import { type BegunRun, beginRun, completedRun, type FinishedRun, FinishedRuns, failedRun } from "./finished-runs.ts";
import { AcpRefusal, errorText, refused } from "./refusal.ts";
import { closing, eventsOf, messageCreated, opening, runOf } from "./run-events.ts";

/** What ACP's doors have in common: everything but the transport. Results are JSON text; each throws AcpRefusal. */
export class AcpService {
  private readonly agents: Agents;
  private readonly tasks: Tasks;
  private readonly finished = new FinishedRuns();
  private readonly manifests: readonly AgentManifest[];

  constructor(agents: Agents) {
    this.agents = agents;
    this.tasks = new Tasks(agents);
    this.manifests = agents.list.map(({ name, description }) => ({
      name,
      description,
      input_content_types: ["text/plain"],
      output_content_types: ["text/plain"],
    }));
  }

  /** One page of AgentManifests, a JSON array. */
  list(limit: unknown, offset: unknown): string {
    if (!isWhole(limit) || limit < 1 || limit > 1000)
      throw new AcpRefusal(422, "expected limit to be a whole number from 1 to 1000");
    if (!isWhole(offset) || offset < 0) throw new AcpRefusal(422, "expected offset to be a whole number from 0 on");
    return JSON.stringify(this.manifests.slice(offset, offset + limit));
  }

  /** One AgentManifest. */
  manifest(name: string): string {
    const found = this.manifests.find((manifest) => manifest.name === name);
    if (found === undefined) throw new AcpRefusal(404, new UnknownAgent(name).message);
    return JSON.stringify(found);
  }

  /** A RunCreateRequest, read. */
  order(request: unknown): RunOrder {
    const order = readRunCreate(request);
    if ("invalid" in order) throw new AcpRefusal(422, order.invalid);
    return order;
  }

  /** Mode sync, at once where the agent need not wait; only when it must is `signal` asked for. Aborting rejects with its reason. */
  run(order: RunOrder, signal: () => AbortSignal): FinishedRun | Promise<FinishedRun> {
    const begun = beginRun(order);
    try {
      const text = this.agents.run(order.agent, order.text, signal);
      if (typeof text === "string") return this.keep(completedRun(begun, text));
      return text.then(
        (later) => this.keep(completedRun(begun, later)),
        (error: unknown) => this.fail(begun, error),
      );
    } catch (error) {
      return this.fail(begun, error);
    }
  }

  /** Modes async and stream: the run goes on by itself. */
  start({ agent, text, sessionId }: RunOrder): Task {
    try {
      return this.tasks.start(agent, text, sessionId ?? undefined);
    } catch (error) {
      throw refused(error);
    }
  }

  /** The events of a started run as they come, a JSON object each. */
  async *events(task: Task): AsyncIterable<string> {
    const run = runOf(task);
    for (const event of opening(run)) yield JSON.stringify(event);
    // A reader that is slow finds its run's end even if others have taken its place among the finished meanwhile.
    const now = this.tasks.follow(task.id);
    let begun = false;
    for await (const chunk of this.tasks.watch(task.id)) {
      if (!begun) yield JSON.stringify(messageCreated(run));
      begun = true;
      yield JSON.stringify({ type: "message.part", part: textPart(chunk) });
    }
    const ended = now?.();
    if (ended === undefined)
      yield `{"type":"error","error":${errorText(500, "the run was forgotten before it was read")}}`;
    else for (const event of closing(runOf(ended))) yield JSON.stringify(event);
  }

  /** A Run as it is now. */
  get(id: string): string {
    const task = this.tasks.get(id);
    return task === undefined ? this.findFinished(id).json : JSON.stringify(runOf(task));
  }

  /** All events of a run up to now, a JSON array. */
  eventsSoFar(id: string): string {
    return JSON.stringify(eventsOf(this.find(id)));
  }

  /** Stops a run; it is shown as it was then, on its way out. */
  cancel(id: string): string {
    const run = this.find(id);
    if (run.finished_at !== null) throw new AcpRefusal(403, `the run is ${run.status} and cannot be cancelled`);
    this.tasks.cancel(id);
    const cancelling: Run = { ...run, status: "cancelling" };
    return JSON.stringify(cancelling);
  }

  /** Stops a run that nobody follows any more; one that has ended stays as it is. */
  abandon(id: string): void {
    this.tasks.cancel(id);
  }

  /** No run ever awaits input here. */
  resume(id: string): never {
    throw new AcpRefusal(403, `the run is ${this.find(id).status} and awaits nothing`);
  }

  /** A Session that a known run was of. Agents here remember nothing, so it has no history and no state. */
  session(id: string): string {
    if (!this.finished.hasSession(id) && !this.tasks.list().some(({ contextId }) => contextId === id))
      throw new AcpRefusal(404, "there is no such session");
    const session: Session = { id, history: [], state: null };
    return JSON.stringify(session);
  }

  /** Cancels every run at work; streams of them end. */
  close(): void {
    for (const { id } of this.tasks.list()) this.tasks.cancel(id);
  }

  private find(id: string): Run {
    const task = this.tasks.get(id);
    return task === undefined ? JSON.parse(this.findFinished(id).json) : runOf(task);
  }

  private findFinished(id: string): FinishedRun {
    const finished = this.finished.get(id);
    if (finished === undefined) throw new AcpRefusal(404, "there is no such run, or it ended long ago");
    return finished;
  }

  private fail(begun: BegunRun, error: unknown): FinishedRun {
    if (!(error instanceof AgentFailed)) throw refused(error);
    return this.keep(failedRun(begun, error.message));
  }

  private keep(run: FinishedRun): FinishedRun {
    this.finished.add(run);
    return run;
  }
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
