import { type Binding, bodyOf, describeReply, type Need, type Reply, type Session } from "../binding.ts";
import { asFailure, Failure, type FailureKind } from "../failure.ts";

/** What a check is run against: a binding and a way to open sessions to one server of it. */
export interface Subject {
  readonly binding: Pick<Binding, "id" | "can" | "cannot">;
  connect(signal: AbortSignal): Promise<Session>;
}

/** One property every binding must have. Data, so that tests, the gate before timing and `bench verify` share it. */
export interface Check {
  readonly name: string;
  /** Skipped for bindings that lack one of these. */
  readonly needs: readonly Need[];
  /** Where it asks `echo` only in order to be answered, so that any agent will do. */
  readonly anyAgent?: true;
  /** Throws a Failure that says what was expected and what came. */
  run(target: Subject, signal: AbortSignal): Promise<void>;
}

/** A message to `tokens` that is still being answered whenever it is looked at: two hours of them. */
export const endless = JSON.stringify({ chunks: 7200, intervalMs: 1000 });

/** A check that needs one session and closes it at its end. */
export function sessionCheck(
  name: string,
  needs: readonly Need[],
  run: (session: Session, signal: AbortSignal) => Promise<void>,
): Check {
  return {
    name,
    needs,
    async run(target, signal) {
      await using session = await target.connect(signal);
      await run(session, signal);
    },
  };
}

/** The same check, for which any agent will do. */
export function ofAnyAgent(check: Check): Check {
  return { ...check, anyAgent: true };
}

/** Sends a body to `echo`. Throws `mismatch` unless a message with the very same text comes back. */
export async function expectEcho(session: Session, body: string, signal: AbortSignal): Promise<void> {
  const reply = await session.call({ kind: "send", agent: "echo", body }, signal);
  const got = messageOf(reply);
  if (got !== body) throw new Failure("mismatch", `expected the body back (${preview(body)}), got ${preview(got)}`);
}

/** Throws `mismatch` unless the work fails with this kind. */
export async function expectFailure(kind: FailureKind, work: () => Promise<unknown>): Promise<void> {
  let outcome: string;
  try {
    await work();
    outcome = "success";
  } catch (error) {
    const failure = asFailure(error);
    if (failure.kind === kind) return;
    outcome = failure.message;
  }
  throw new Failure("mismatch", `expected a failure of kind ${kind}, got ${outcome}`);
}

/** The text of a message. Throws `mismatch` for a reply of another kind, even one that has a text. */
export function messageOf(reply: Reply): string {
  if (reply.kind !== "message") throw new Failure("mismatch", `expected a message, got ${describeReply(reply)}`);
  return bodyOf(reply);
}

/** Between two polls, and long enough for a request to be on its way; no outcome depends on its length. */
export function aMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

/** A text in a few words, for messages. */
export function preview(text: string): string {
  return `${text.length} characters, ${JSON.stringify(text.slice(0, 60))}`;
}
