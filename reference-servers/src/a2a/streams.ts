import { setImmediate as nextTurn } from "node:timers/promises";
import { a2aErrors, type StreamResponse } from "@apb/protocols/a2a";
import { A2aError } from "./error.ts";
import { findTask, startTask, type Workplace } from "./operations.ts";
import { readSendRequest, readTaskRequest } from "./requests.ts";
import { type A2aWork, artifactUpdate, statusUpdate, taskOf } from "./views.ts";

/** §3.1.2: the Task, an artifactUpdate a chunk, a terminal statusUpdate. */
export function sendStreamingMessage(
  at: Workplace,
  agent: string,
  request: unknown,
  signal: AbortSignal,
): AsyncIterable<StreamResponse> {
  const asked = readSendRequest(request);
  return follow(at, startTask(at, agent, asked.message), 0, asked.historyLength, signal);
}

/** §3.1.6: the Task as it is now, then what a stream from its start would still bring. */
export function subscribeToTask(
  at: Workplace,
  agent: string,
  request: unknown,
  signal: AbortSignal,
): AsyncIterable<StreamResponse> {
  const work = findTask(at, agent, readTaskRequest(request).id);
  if (work.state !== "working")
    throw new A2aError(a2aErrors.unsupportedOperation, `task ${work.id} has ended; GetTask tells how`);
  return follow(at, work, work.output.length, undefined, signal);
}

/** Events of a task that has brought `from` chunks so far. */
async function* follow(
  { tasks }: Workplace,
  work: A2aWork,
  from: number,
  historyLength: number | undefined,
  signal: AbortSignal,
): AsyncIterable<StreamResponse> {
  const { id, output } = work;
  yield { task: taskOf({ ...work, output: output.slice(0, from) }, historyLength) };
  if (work.state !== "working") return;
  // A reader that is slow finds its task's end even if others have taken its place among the finished meanwhile.
  const now = tasks.follow(id);
  let sent = from;
  for await (const chunk of tasks.watch(id, signal, from)) {
    sent++;
    // The event of the last chunk says that it is the last, but an agent ends after it, within the same turn: so wait one.
    if (sent === output.length) await nextTurn();
    const isLast = sent === output.length && now?.().state === "completed";
    yield artifactUpdate(work, chunk, sent === 1, isLast);
  }
  const ended = now?.();
  if (ended !== undefined && !signal.aborted) yield statusUpdate(ended);
}
