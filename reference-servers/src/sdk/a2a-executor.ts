import { randomUUID } from "node:crypto";
import { type Message, type Part, Role, TaskState, type TaskStatus } from "@a2a-js/sdk";
import { AgentEvent, type AgentExecutor, type ExecutionEventBus, type RequestContext } from "@a2a-js/sdk/server";
import { AgentFailed } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";

/** The agents as the SDK wants an agent written. */
export interface Executor extends AgentExecutor {
  /** Ends all tasks under way. */
  close(): void;
}

interface Working {
  readonly contextId: string;
  readonly controller: AbortController;
}

/** Agents that bring their answer piece by piece. They make a task of every message. */
const streaming: ReadonlySet<string> = new Set(["tokens"]);

/** A task has one artifact, which grows by a part with each chunk. */
const artifactId = "answer";

/** An agent answers with a Message, or with a Task when it streams or the client does not wait for it. */
export function executorOf(agents: Agents, agentOf: (context: RequestContext) => string): Executor {
  const working = new Map<string, Working>();
  return {
    async execute(context, bus) {
      const { taskId, contextId, request } = context;
      const agent = agentOf(context);
      const asTask = streaming.has(agent) || request.configuration?.returnImmediately === true;
      const controller = new AbortController();
      try {
        if (!asTask) return await answer(agents, agent, context, bus);
        working.set(taskId, { contextId, controller });
        await work(agents, agent, context, bus, controller.signal);
      } catch (error) {
        if (controller.signal.aborted) return;
        if (!(error instanceof AgentFailed)) throw error;
        const status = statusOf(TaskState.TASK_STATE_FAILED, messageOf(context, error.message));
        bus.publish(taskEvent(context, status));
      } finally {
        working.delete(taskId);
      }
    },
    async cancelTask(taskId, bus) {
      const found = working.get(taskId);
      if (found === undefined) return;
      bus.publish(statusEvent({ taskId, contextId: found.contextId }, TaskState.TASK_STATE_CANCELED));
      found.controller.abort();
    },
    close() {
      for (const { controller } of working.values()) controller.abort();
    },
  };
}

async function answer(agents: Agents, agent: string, context: RequestContext, bus: ExecutionEventBus): Promise<void> {
  const text = await agents.run(agent, textOf(context.userMessage));
  bus.publish(AgentEvent.message(messageOf(context, text)));
}

/**
 * A Task, an update of its artifact for each chunk, and its end. The SDK's store copies the whole task for every event,
 * so that a stream's cost grows with the square of its length.
 */
async function work(
  agents: Agents,
  agent: string,
  context: RequestContext,
  bus: ExecutionEventBus,
  signal: AbortSignal,
): Promise<void> {
  const { taskId, contextId } = context;
  const chunks = agents.stream(agent, textOf(context.userMessage), signal);
  bus.publish(taskEvent(context, statusOf(TaskState.TASK_STATE_WORKING)));
  let append = false;
  for await (const chunk of chunks) {
    const artifact = {
      artifactId,
      name: "",
      description: "",
      parts: [partOf(chunk)],
      metadata: undefined,
      extensions: [],
    };
    bus.publish(
      AgentEvent.artifactUpdate({ taskId, contextId, artifact, append, lastChunk: false, metadata: undefined }),
    );
    append = true;
  }
  bus.publish(statusEvent(context, TaskState.TASK_STATE_COMPLETED));
}

type Ids = Pick<RequestContext, "taskId" | "contextId">;

function taskEvent({ taskId, contextId, userMessage }: RequestContext, status: TaskStatus) {
  return AgentEvent.task({
    id: taskId,
    contextId,
    status,
    artifacts: [],
    history: [userMessage],
    metadata: undefined,
  });
}

function statusEvent({ taskId, contextId }: Ids, state: TaskState) {
  return AgentEvent.statusUpdate({ taskId, contextId, status: statusOf(state), metadata: undefined });
}

function statusOf(state: TaskState, message?: Message): TaskStatus {
  return { state, message, timestamp: new Date().toISOString() };
}

function messageOf({ contextId }: Ids, text: string): Message {
  return {
    messageId: randomUUID(),
    contextId,
    taskId: "",
    role: Role.ROLE_AGENT,
    parts: [partOf(text)],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
  };
}

function partOf(text: string): Part {
  return { content: { $case: "text", value: text }, metadata: undefined, filename: "", mediaType: "" };
}

function textOf({ parts }: Message): string {
  return parts.map(({ content }) => (content?.$case === "text" ? content.value : "")).join("");
}
