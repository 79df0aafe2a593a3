import type { Binding, Reply, Session, Unary } from "../../binding.ts";
import { Failure, type FailureKind } from "../../failure.ts";
import { fakeBinding } from "../fakes.ts";

/** A binding with one defect, and the checks that must find it; `hangs` are those that find it by waiting in vain. */
export interface Flaw {
  readonly flaw: string;
  readonly binding: Binding;
  readonly fails: readonly string[];
  readonly hangs?: "all" | readonly string[];
}

/** The fake with some of every session's members replaced. */
export function flawed(replace: (session: Session) => Partial<Session>): Binding {
  const sound = fakeBinding();
  return {
    ...sound,
    async connect(url, options) {
      const session = await sound.connect(url, options);
      return { ...session, ...replace(session) };
    },
  };
}

/** The fake with replies changed on their way. */
export function replying(change: (reply: Reply, operation: Unary) => Reply): Binding {
  return flawed((session) => ({
    call: async (operation, signal) => change(await session.call(operation, signal), operation),
  }));
}

/** The fake with failures of one kind replaced: by another failure, or by a reply. */
export function failing(kind: FailureKind, outcome: () => Reply): Binding {
  return flawed((session) => ({
    call: (operation, signal) =>
      session.call(operation, signal).catch((error: Failure) => {
        if (error.kind === kind) return outcome();
        throw error;
      }),
  }));
}

/** The fake with every stream passed through a generator. */
export function streaming(through: (items: AsyncIterable<Reply>) => AsyncIterable<Reply>): Binding {
  return flawed((session) => ({ stream: (operation, signal) => through(session.stream(operation, signal)) }));
}

/** Throws a failure of this kind. */
export function thrown(kind: FailureKind): never {
  throw new Failure(kind, "made for the test");
}

/** Never settles. */
export const forever = new Promise<never>(() => undefined);

/** Never aborted. */
export const unabortable = new AbortController().signal;

/** A reply that claims success. */
export const emptyMessage: Reply = { kind: "message", body: "" };

/** A reply that claims there is such a task, at work. */
export const workingTask = { kind: "task", handle: "task-0", state: "working", body: null } as const;
