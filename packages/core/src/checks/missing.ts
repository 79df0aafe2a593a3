import type { Operation, Reply, Session } from "../binding.ts";
import { asFailure, Failure } from "../failure.ts";
import type { Subject } from "./check.ts";

/** The agent that checks ask for in order not to find it. */
export const noSuchAgent = "no-such-agent";

/** A subject, and the first agent it lacked that every bundled server has; null while it lacked none. */
export interface Watched extends Subject {
  readonly missing: string | null;
}

/**
 * Notices what a stranger's server has no agent for: checks that ask for it say nothing about that server. Of one that lists its
 * agents it is what is not `listed`, however it answers; of others, null, what it calls unknown.
 */
export function watchMissing(subject: Subject, listed: readonly string[] | null = null): Watched {
  let missing: string | null = null;
  const miss = (error: unknown, { agent }: { agent?: string }): never => {
    if (asFailure(error).kind === "unknown-agent" && agent !== noSuchAgent) missing ??= agent ?? null;
    throw error;
  };
  /** The server is not asked for what it does not list: another agent's answer would be no pass. */
  const requireListed = (operation: { agent?: string }): void => {
    const { agent } = operation;
    if (listed === null || agent === undefined || agent === noSuchAgent || listed.includes(agent)) return;
    miss(new Failure("unknown-agent", `the server lists no agent ${agent}`), operation);
  };
  const look = (reply: Reply): Reply => {
    if (reply.kind === "agents" && !reply.agents.includes("echo")) missing ??= "echo";
    return reply;
  };
  const watched = (session: Session): Session => ({
    wire: session.wire,
    call: async (operation: Operation & { agent?: string }, signal) => {
      requireListed(operation);
      return session.call(operation as never, signal).then(look, (error) => miss(error, operation));
    },
    async *stream(operation, signal) {
      requireListed(operation);
      try {
        yield* session.stream(operation, signal);
      } catch (error) {
        miss(error, operation);
      }
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  });
  return {
    binding: subject.binding,
    connect: async (signal) => watched(await subject.connect(signal)),
    get missing() {
      return missing;
    },
  };
}
