import type { Binding, ClientKind, Headers, Reply, Session, Unary } from "@apb/core/binding";
import type { Call } from "@apb/core/call";
import { abortFailure, asFailure, Failure, type FailureKind } from "@apb/core/failure";
import { maskingOf, secretsOf } from "./discreet.ts";
import { interruption } from "./interruption.ts";
import { type Probed, refusesUs, unanswered, unauthorized, unlike, unreached } from "./target-trouble.ts";
import { misfit } from "./tool-input.ts";

/** A server that is well connects and answers within this. */
const answerMs = 2000;

/** Whether it lets a message in is then asked for no longer than this. */
const letInMs = 1000;

/** How a server fails that speaks something else. */
const deaf: readonly FailureKind[] = ["protocol", "rejected"];

const echo: Call = { agent: "echo", body: "", expect: [] };

/** Somebody else's server, and how it will be asked. */
export interface Stranger {
  readonly url: string;
  readonly client: ClientKind;
  readonly headers: Headers;
  /** What will be said to it; null for what the bundled servers understand. */
  readonly call: Call | null;
  /** Whether, without a call, its `echo` will be called. */
  readonly echoes: boolean;
}

/** Asks a server that runs whether it can be measured at all. Resolves with a warning, or null. Throws as {@link probeTarget}, and `aborted` on Ctrl-C. */
export async function requireTarget(binding: Binding, stranger: Stranger): Promise<string | null> {
  const { signal, release } = interruption("nothing was measured");
  try {
    return await probeTarget(binding, stranger, signal);
  } finally {
    release();
  }
}

/**
 * Connects to a server once and asks it the cheapest thing, within three seconds. Throws a Failure with where, what is
 * wrong and what to do about it: `refused` when it cannot be reached, `timeout` when it is silent, `protocol` when it
 * speaks TLS where plain was asked, the reverse, or something else, `rejected` when it wants authorization. Whether it
 * speaks the protocol well is for the checks to say.
 */
export async function probeTarget(binding: Binding, stranger: Stranger, signal: AbortSignal): Promise<string | null> {
  const { url, client, headers } = stranger;
  const target: Probed = { binding: binding.id, url, answerMs };
  try {
    using limit = limited(answerMs, signal);
    const session = await unless(limit.signal, binding.connect(url, { client, headers, signal: limit.signal })).catch(
      async (error) => {
        throw await unreached(target, asFailure(error), limit.signal);
      },
    );
    try {
      return await ask(
        session,
        binding,
        { ...target, call: stranger.call, echoes: stranger.echoes },
        signal,
        limit.signal,
      );
    } finally {
      // Who does not answer may not say goodbye either.
      await unless(limit.signal, session[Symbol.asyncDispose]()).catch(() => undefined);
    }
  } catch (error) {
    if (signal.aborted) throw abortFailure(signal);
    const { kind, sentence } = asFailure(error);
    throw new Failure(kind, maskingOf(secretsOf({ target: stranger, command: null, headers }))(sentence), {
      cause: error,
    });
  }
}

/** Who is there is often told to everybody; so what may be measured is tried as well. */
async function ask(
  session: Session,
  { can }: Binding,
  { call, echoes, ...target }: Probed & Pick<Stranger, "call" | "echoes">,
  signal: AbortSignal,
  limit: AbortSignal,
): Promise<string | null> {
  const { agent, body } = call ?? echo;
  const send: Unary = { kind: "send", agent, body: body ?? "" };
  const first = can.has("discover") ? ({ kind: "discover" } as const) : send;
  const answer = await replyOrFailure(unless(limit, session.call(first, limit)));
  if (signal.aborted) throw abortFailure(signal);
  const trouble = answer instanceof Failure ? await unanswered(target, answer, limit) : null;
  if (trouble !== null) throw trouble;
  if (first === send) return null;
  const inputs = !(answer instanceof Failure) && answer.kind === "agents" ? answer.inputs : undefined;
  if (inputs !== undefined && echoes) misfit(call ?? echo, inputs);
  // Its first iteration will show whether it can be called.
  if (call !== null && inputs !== undefined) return misfit(call, inputs);
  using patience = limited(letInMs, signal);
  const refusal = await replyOrFailure(unless(patience.signal, session.call(send, patience.signal)));
  if (signal.aborted) throw abortFailure(signal);
  if (!(refusal instanceof Failure)) return null;
  if (refusesUs(refusal)) throw unauthorized(target, refusal);
  // Who tells nobody what there is may still answer; who does neither speaks another language.
  if (answer instanceof Failure && deaf.includes(refusal.kind)) throw unlike(target, refusal);
  return null;
}

/** Aborted with `signal`, or when the time is up. */
function limited(ms: number, signal: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const limit = new AbortController();
  const late = new Failure("timeout", `no answer within ${ms} ms`);
  const timer = setTimeout(() => limit.abort(late), ms);
  return { signal: AbortSignal.any([signal, limit.signal]), [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Rejects as soon as the signal is aborted, also when the work does not heed it. */
function unless<T>(signal: AbortSignal, work: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortFailure(signal));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    const settled = (): void => signal.removeEventListener("abort", abort);
    work.then(resolve, reject).then(settled);
  });
}

async function replyOrFailure(work: Promise<Reply>): Promise<Reply | Failure> {
  return work.catch(asFailure);
}
