import type { Operation, Reply, Session } from "../binding.ts";
import { type Body, bodyText } from "../body.ts";
import { type Check, messageOf, type Subject, sessionCheck } from "./check.ts";

/** A call of the user's own, to be made where a check asks `echo` only in order to be answered. */
export interface OwnCall {
  readonly agent: string;
  readonly body: Body;
  /** Throws `mismatch` for a reply that is not as expected. */
  verify(reply: Reply): void;
}

/** How many calls are made side by side. */
const sideBySide = 20;

/** What is asked of the user's own agent beside the checks that any agent will do for. */
export function ownChecks({ agent, body, verify }: OwnCall): readonly Check[] {
  const call = async (session: Session, signal: AbortSignal): Promise<void> => {
    const reply = await session.call({ kind: "send", agent, body }, signal);
    messageOf(reply);
    verify(reply);
  };
  return [
    sessionCheck(`answers ${agent}`, ["send"], call),
    sessionCheck(`answers ${agent} ${sideBySide} times side by side`, ["send"], async (session, signal) => {
      // A signal each, as in a real load.
      await Promise.all(Array.from({ length: sideBySide }, () => call(session, AbortSignal.any([signal]))));
    }),
    sessionCheck(`streams ${agent} to its end`, ["stream"], async (session, signal) => {
      for await (const reply of session.stream({ kind: "stream", agent, body }, signal)) messageOf(reply);
    }),
  ];
}

/** The same subject with the user's own agent in the place of `echo`: what it answers, as expected, is what was sent to `echo`. */
export function asking(subject: Subject, { agent, body, verify }: OwnCall): Subject {
  const asked = (session: Session): Session => ({
    wire: session.wire,
    async call(operation: Operation, signal) {
      if (operation.kind === "send" && operation.agent === "echo") {
        verify(await session.call({ kind: "send", agent, body }, signal));
        return { kind: "message", body: bodyText(operation.body) };
      }
      const reply = await session.call(operation as never, signal);
      if (reply.kind !== "agents") return reply;
      return { ...reply, agents: reply.agents.map((name) => (name === agent ? "echo" : name)) };
    },
    stream: (operation, signal) => session.stream(operation, signal),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  });
  return { binding: subject.binding, connect: async (signal) => asked(await subject.connect(signal)) };
}
