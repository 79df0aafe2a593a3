import type { Binding, Session } from "@apb/core/binding";
import { asFailure, Failure } from "@apb/core/failure";
import type { Point, Vars, VU, Workload } from "@apb/core/scenario";
import type { Asked } from "./channel.ts";
import { OpenedSessions } from "./opened-sessions.ts";
import { connectsTo, opening } from "./sessions.ts";
import { unmeasured } from "./unmeasured.ts";

/** The first connection of a process loads code, which on a busy machine takes longer than some answers may. */
const leastConnectMs = 1000;
/** Nobody has to wait for what an iteration thinks when it is only tried. */
const mostThinkMs = 100;

/**
 * Runs the first iteration of each task of a point, behind its setup and the start of a user and before its teardown, on
 * sessions of its own and without measuring it: both sides load what they need, and a load that cannot work is told before it
 * begins. Throws when a session cannot be opened, and what an iteration throws.
 */
export async function rehearse(binding: Binding, { setup, teardown, workloads }: Point, asked: Asked): Promise<null> {
  using connects = connectsTo(binding, { ...asked, timeoutMs: Math.max(asked.timeoutMs, leastConnectMs) });
  const sessions: Session[] = [];
  const io = unmeasured(asked.timeoutMs);
  const vars: Vars = {};
  const once = async (what: string, work: Point["setup"]): Promise<void> => {
    if (work !== undefined) await tried(what, () => work(vuOn(sessions.slice(0, 1), vars), io));
  };
  try {
    sessions.push(await connects.next());
    await once("the setup", setup);
    for (const workload of workloads) {
      while (sessions.length < workload.sessionsPerVU) sessions.push(await connects.next());
      const vu = vuOn(sessions.slice(0, workload.sessionsPerVU), structuredClone(vars));
      const opened = new OpenedSessions(opening(binding, asked), workload.opens ?? 0);
      await runFirst(workload, vu, asked.timeoutMs, opened).finally(() => opened.closeAll());
    }
    await once("the teardown", teardown);
  } finally {
    await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()));
  }
  return null;
}

async function runFirst(
  { onStart, tasks }: Workload,
  vu: VU,
  timeoutMs: number,
  opened: OpenedSessions,
): Promise<void> {
  if (onStart !== undefined) await tried("the start of a user", () => onStart(vu, unmeasured(timeoutMs)));
  const io = unmeasured(timeoutMs, { mostThinkMs, opened });
  for (const task of tasks) await tried("the first iteration", async () => (await task.run(vu, io))());
}

async function tried(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { kind, sentence } = asFailure(error);
    throw new Failure(kind, `${what} failed, before timing: ${sentence}`, { cause: error });
  }
}

function vuOn(sessions: readonly Session[], vars: Vars): VU {
  return { id: 0, vars, session: sessions[0] as Session, sessions, iteration: 0 };
}
