import type { StreamResponse, Task, TaskState, TaskStatus } from "@apb/protocols/a2a";
import type { Task as Work } from "../tasks.ts";
import type { UserMessage } from "./requests.ts";

/** A task of this server: what started it is kept for its history. */
export type A2aWork = Work<UserMessage>;

const states: Readonly<Record<Work["state"], TaskState>> = {
  working: "TASK_STATE_WORKING",
  completed: "TASK_STATE_COMPLETED",
  failed: "TASK_STATE_FAILED",
  cancelled: "TASK_STATE_CANCELED",
};

/** A task has one artifact, which grows by a part with each chunk. */
const artifactId = "answer";

/** The task's state as A2A names it. */
export function stateOf(work: A2aWork): TaskState {
  return states[work.state];
}

/** When the state last changed, ISO 8601. */
export function changedAt(work: A2aWork): string {
  return work.finishedAt ?? work.createdAt;
}

/** The task as it is now, with the last `historyLength` messages (all when undefined, §3.2.4). */
export function taskOf(work: A2aWork, historyLength: number | undefined): Task {
  const { id, contextId, output, source } = work;
  return {
    id,
    contextId,
    status: statusOf(work),
    ...(output.length === 0 ? {} : { artifacts: [{ artifactId, parts: output.map((text) => ({ text })) }] }),
    ...(historyLength === 0 || source === undefined
      ? {}
      : { history: [{ ...source, contextId, taskId: id, role: "ROLE_USER" }] }),
  };
}

/** The event that ends a stream. */
export function statusUpdate(work: A2aWork): StreamResponse {
  return { statusUpdate: { taskId: work.id, contextId: work.contextId, status: statusOf(work) } };
}

/** The event that brings one chunk; the first one makes the artifact. */
export function artifactUpdate(work: A2aWork, text: string, isFirst: boolean, isLast: boolean): StreamResponse {
  const { id: taskId, contextId } = work;
  return {
    artifactUpdate: {
      taskId,
      contextId,
      artifact: { artifactId, parts: [{ text }] },
      ...(isFirst ? {} : { append: true }),
      ...(isLast ? { lastChunk: true } : {}),
    },
  };
}

function statusOf(work: A2aWork): TaskStatus {
  const status = { state: stateOf(work), timestamp: changedAt(work) };
  if (work.error === null) return status;
  const { id: taskId, contextId, error: text } = work;
  return {
    ...status,
    message: { messageId: `${taskId}-error`, contextId, taskId, role: "ROLE_AGENT", parts: [{ text }] },
  };
}
