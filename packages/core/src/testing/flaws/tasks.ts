import { type Flaw, failing, flawed, replying, workingTask } from "./flaw.ts";

/** What can be wrong with tasks. */
export const taskFlaws: readonly Flaw[] = [
  {
    flaw: "never ends a task",
    binding: replying((reply) => (reply.kind === "task" ? { ...reply, state: "working", body: null } : reply)),
    fails: ["runs a task to its end", "tells that a task failed", "cancels a task"],
    hangs: "all",
  },
  {
    flaw: "ends a task without its text",
    binding: replying((reply) => (reply.kind === "task" ? { ...reply, body: null } : reply)),
    fails: ["runs a task to its end"],
  },
  {
    flaw: "says a failed task was completed",
    binding: replying((reply) =>
      reply.kind === "task" && reply.state === "failed" ? { ...reply, state: "completed" } : reply,
    ),
    fails: ["tells that a task failed"],
  },
  {
    flaw: "says a cancelled task failed",
    binding: replying((reply) =>
      reply.kind === "task" && reply.state === "cancelled" ? { ...reply, state: "failed" } : reply,
    ),
    fails: ["cancels a task"],
  },
  {
    flaw: "says it has cancelled and has not",
    binding: flawed((session) => ({
      call: async (operation, signal) => {
        if (operation.kind !== "cancel") return session.call(operation, signal);
        const { kind, handle } = (await session.call({ ...operation, kind: "poll" }, signal)) as typeof workingTask;
        return { kind, handle, state: "cancelled", body: null };
      },
    })),
    fails: ["cancels a task"],
    hangs: "all",
  },
  {
    flaw: "knows every task",
    binding: failing("unknown-task", () => workingTask),
    fails: ["reports an unknown task to poll", "reports an unknown task to cancel"],
  },
];
