import { randomUUID } from "node:crypto";
import { a2aErrors, type ListTasksResponse, type SendMessageResponse, type Task } from "@apb/protocols/a2a";
import { AgentFailed, TooBusy } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import type { Tasks } from "../tasks.ts";
import { A2aError } from "./error.ts";
import { pageOf } from "./pages.ts";
import {
  invalid,
  readListRequest,
  readSendRequest,
  readTaskRequest,
  type SendRequest,
  textOf,
  type UserMessage,
} from "./requests.ts";
import { type A2aWork, taskOf } from "./views.ts";

/** What the operations work on. */
export interface Workplace {
  readonly agents: Agents;
  readonly tasks: Tasks<UserMessage>;
}

/** §3.1.1: a Message when the agent could answer, a failed Task when it could not, a Task at once when asked for. */
export function sendMessage(
  at: Workplace,
  agent: string,
  request: unknown,
  signal: () => AbortSignal,
): SendMessageResponse | Promise<SendMessageResponse> {
  const asked = readSendRequest(request);
  if (asked.returnImmediately) return { task: taskOf(startTask(at, agent, asked.message), asked.historyLength) };
  const contextId = contextOf(at, agent, asked.message);
  try {
    const text = at.agents.run(agent, textOf(asked.message), signal);
    if (typeof text === "string") return answer(text, contextId);
    // An agent fails at once or not at all, so the message, which can be large, is not kept while it works.
    return text.then((later) => answer(later, contextId), refuse);
  } catch (error) {
    return failed(at, agent, asked, contextId, error);
  }
}

function answer(text: string, contextId: string): SendMessageResponse {
  return { message: { messageId: randomUUID(), contextId, role: "ROLE_AGENT", parts: [{ text }] } };
}

function failed(
  { tasks }: Workplace,
  agent: string,
  { message, historyLength }: SendRequest,
  contextId: string,
  error: unknown,
): SendMessageResponse {
  if (!(error instanceof AgentFailed)) return refuse(error);
  try {
    return { task: taskOf(tasks.fail(agent, textOf(message), error.message, contextId, message), historyLength) };
  } catch (full) {
    return refuse(full);
  }
}

/** Throws what an error stands for: Unavailable where the server is at its limit, any other as it is. */
function refuse(error: unknown): never {
  throw error instanceof TooBusy ? new A2aError(a2aErrors.unavailable, error.message) : error;
}

/** §3.1.3. */
export function getTask(at: Workplace, agent: string, request: unknown): Task {
  const { id, historyLength } = readTaskRequest(request);
  return taskOf(findTask(at, agent, id), historyLength);
}

/** §3.1.4. */
export function listTasks(at: Workplace, agent: string, request: unknown): ListTasksResponse {
  const asked = readListRequest(request);
  const own = at.tasks.list().filter((work) => work.agent === agent);
  return pageOf(own, asked);
}

/** §3.1.5. */
export function cancelTask(at: Workplace, agent: string, request: unknown): Task {
  const { id } = readTaskRequest(request);
  if (findTask(at, agent, id).state !== "working")
    throw new A2aError(a2aErrors.taskNotCancelable, `task ${id} has ended already`);
  at.tasks.cancel(id);
  return taskOf(findTask(at, agent, id), undefined);
}

/** A task is known under its own agent only. Throws TaskNotFound. */
export function findTask({ tasks }: Workplace, agent: string, id: string): A2aWork {
  const work = tasks.get(id);
  if (work === undefined || work.agent !== agent)
    throw new A2aError(a2aErrors.taskNotFound, `there is no task ${JSON.stringify(id.slice(0, 100))}`);
  return work;
}

/** Sets an agent to work on a message. */
export function startTask(at: Workplace, agent: string, message: UserMessage): A2aWork {
  const contextId = contextOf(at, agent, message);
  try {
    return at.tasks.start(agent, textOf(message), contextId, message);
  } catch (error) {
    return refuse(error);
  }
}

/** The message's context, or a new one (§3.4.1). Throws for a message to a task: these agents answer one message each. */
function contextOf(at: Workplace, agent: string, { taskId, contextId }: UserMessage): string {
  if (taskId === undefined) return contextId ?? randomUUID();
  const work = findTask(at, agent, taskId);
  if (contextId !== undefined && contextId !== work.contextId)
    throw invalid("message.contextId", "the context of the task", contextId);
  throw new A2aError(a2aErrors.unsupportedOperation, `task ${work.id} takes no further messages`);
}
