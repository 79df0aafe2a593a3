import type { Binding, Session } from "@apb/core/binding";
import { asFailure, Failure } from "@apb/core/failure";
import type { Io, Point, Task } from "@apb/core/scenario";
import type { Asked } from "./channel.ts";
import { connectsTo } from "./sessions.ts";

/** The first connection of a process loads code, which on a busy machine takes longer than some answers may. */
const leastConnectMs = 1000;

/**
 * Runs the first iteration of each task of a point, on sessions of its own and without measuring it: both sides load what
 * they need, and a load that cannot work is told before it begins. Throws when a session cannot be opened, and what an
 * iteration throws.
 */
export async function rehearse(binding: Binding, { workloads }: Point, asked: Asked): Promise<null> {
  using connects = connectsTo(binding, { ...asked, timeoutMs: Math.max(asked.timeoutMs, leastConnectMs) });
  const sessions: Session[] = [];
  try {
    for (const { sessionsPerVU, tasks } of workloads) {
      while (sessions.length < sessionsPerVU) sessions.push(await connects.next());
      for (const task of tasks) await runOnce(task, sessions.slice(0, sessionsPerVU), asked.timeoutMs);
    }
  } finally {
    await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()));
  }
  return null;
}

async function runOnce(task: Task, sessions: readonly Session[], timeoutMs: number): Promise<void> {
  const limit = new AbortController();
  const late = new Failure("timeout", `expected a reply within ${timeoutMs} ms, got none`);
  const timer = setTimeout(() => limit.abort(late), timeoutMs);
  const io: Io = {
    step: (_name, work) => work(limit.signal),
    stream: (_name, open) => open(limit.signal),
    think: async () => undefined,
    check: () => undefined,
  };
  try {
    const verify = await task.run({ session: sessions[0] as Session, sessions, iteration: 0 }, io);
    verify();
  } catch (error) {
    const { kind, sentence } = asFailure(error);
    throw new Failure(kind, `the first iteration failed, before timing: ${sentence}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
