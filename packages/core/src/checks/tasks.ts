import { describeReply, type Reply, type Session } from "../binding.ts";
import { abortFailure, Failure } from "../failure.ts";
import { aMoment, type Check, endless, expectFailure, sessionCheck } from "./check.ts";

/** A handle of the right form that no server has given out. */
const unknownHandle = "00000000-0000-4000-8000-000000000000";

/** Work that outlives the request that began it. */
export const taskChecks: readonly Check[] = [
  sessionCheck("runs a task to its end", ["start", "poll"], async (session, signal) => {
    const body = JSON.stringify({ chunks: 3 });
    const started = await session.call({ kind: "start", agent: "tokens", body }, signal);
    const task = await pollToEnd(session, started, signal);
    if (task.kind !== "task" || task.state !== "completed" || task.body !== "token-0token-1token-2")
      throw new Failure("mismatch", `expected a completed task with three tokens, got ${describeReply(task)}`);
  }),
  sessionCheck("tells that a task failed", ["start", "poll"], async (session, signal) => {
    const started = await session.call({ kind: "start", agent: "tokens", body: "not JSON" }, signal);
    const task = await pollToEnd(session, started, signal);
    if (task.kind !== "task" || task.state !== "failed")
      throw new Failure("mismatch", `expected a failed task, got ${describeReply(task)}`);
  }),
  sessionCheck("cancels a task", ["start", "poll", "cancel"], async (session, signal) => {
    const started = await session.call({ kind: "start", agent: "tokens", body: endless }, signal);
    if (started.kind !== "task" || started.state !== "working")
      throw new Failure("mismatch", `expected a working task, got ${describeReply(started)}`);
    await session.call({ kind: "cancel", handle: started.handle }, signal);
    // What the cancelling itself was answered with proves nothing: the server is asked again.
    const task = await pollToEnd(session, started, signal);
    if (task.kind !== "task" || task.state !== "cancelled")
      throw new Failure("mismatch", `expected a cancelled task, got ${describeReply(task)}`);
  }),
  ...(["poll", "cancel"] as const).map((kind) =>
    sessionCheck(`reports an unknown task to ${kind}`, [kind], (session, signal) =>
      expectFailure("unknown-task", () => session.call({ kind, handle: unknownHandle }, signal)),
    ),
  ),
];

/** Asks at least once, and until the task has ended. */
async function pollToEnd(session: Session, started: Reply, signal: AbortSignal): Promise<Reply> {
  if (started.kind !== "task") throw new Failure("mismatch", `expected a task, got ${describeReply(started)}`);
  for (;;) {
    const reply = await session.call({ kind: "poll", handle: started.handle }, signal);
    if (reply.kind !== "task" || reply.state !== "working") return reply;
    await aMoment();
    if (signal.aborted) throw abortFailure(signal);
  }
}
