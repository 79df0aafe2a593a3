import { type Event, type Message, type Run, textPart } from "@apb/protocols/acp";
import type { Task } from "../tasks.ts";

/** A task as ACP's run: its chunks are the parts of one message. */
export function runOf(task: Task): Run {
  const { id, agent, contextId, state, output, error, createdAt, finishedAt } = task;
  const message: Message = {
    role: `agent/${agent}`,
    parts: output.map(textPart),
    created_at: createdAt,
    completed_at: finishedAt,
  };
  return {
    run_id: id,
    agent_name: agent,
    session_id: contextId,
    status: state === "working" ? "in-progress" : state,
    await_request: null,
    output: output.length === 0 ? [] : [message],
    error: error === null ? null : { code: "server_error", message: error },
    created_at: createdAt,
    finished_at: finishedAt,
  };
}

/** The events before a run's first output. */
export function opening(run: Run): Event[] {
  const empty = { ...run, output: [], error: null, finished_at: null };
  return [
    { type: "run.created", run: { ...empty, status: "created" } },
    { type: "run.in-progress", run: { ...empty, status: "in-progress" } },
  ];
}

/** The event before a message's first part. */
export function messageCreated(run: Run): Event {
  const message = { role: `agent/${run.agent_name}`, parts: [], created_at: run.created_at, completed_at: null };
  return { type: "message.created", message };
}

/** The events after a run's last output; none while it is at work. Only a completed run's messages are complete. */
export function closing(run: Run): Event[] {
  if (run.status === "failed") return [{ type: "run.failed", run }];
  if (run.status === "cancelled") return [{ type: "run.cancelled", run }];
  if (run.status !== "completed") return [];
  return [
    ...run.output.map((message): Event => ({ type: "message.completed", message })),
    { type: "run.completed", run },
  ];
}

/** All events of a run up to now, in the order of a stream. */
export function eventsOf(run: Run): Event[] {
  const parts = run.output.flatMap(({ parts }) => parts);
  const output =
    parts.length === 0 ? [] : [messageCreated(run), ...parts.map((part): Event => ({ type: "message.part", part }))];
  return [...opening(run), ...output, ...closing(run)];
}
