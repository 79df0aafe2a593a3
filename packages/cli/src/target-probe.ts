import type { Binding, ClientKind, Session, Unary } from "@apb/core/binding";
import { abortFailure, asFailure, Failure } from "@apb/core/failure";
import { masking } from "@apb/core/url";
import { interruption } from "./interruption.ts";
import { type Probed, refusesUs, unanswered, unauthorized, unreached } from "./target-trouble.ts";

/** A server that is well connects and answers within this. */
const answerMs = 2000;

/** Whether it lets a message in is then asked for no longer than this. */
const letInMs = 1000;

const echo: Unary = { kind: "send", agent: "echo", body: "" };

/** Asks the server at a URL, by the first of these clients, whether it can be measured at all. Throws as {@link probeTarget}, and `aborted` on Ctrl-C. */
export async function requireTarget(
  [binding]: readonly Binding[],
  [client = "wire"]: readonly ClientKind[],
  url: string,
): Promise<void> {
  if (binding === undefined) return;
  const { signal, release } = interruption("nothing was measured");
  try {
    await probeTarget(binding, url, client, signal);
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
export async function probeTarget(
  binding: Binding,
  url: string,
  client: ClientKind,
  signal: AbortSignal,
): Promise<void> {
  const target: Probed = { binding: binding.id, url, answerMs };
  try {
    using limit = limited(answerMs, signal);
    const session = await unless(limit.signal, binding.connect(url, { client, signal: limit.signal })).catch(
      async (error) => {
        throw await unreached(target, asFailure(error), limit.signal);
      },
    );
    try {
      await ask(session, binding, target, signal, limit.signal);
    } finally {
      // Who does not answer may not say goodbye either.
      await unless(limit.signal, session[Symbol.asyncDispose]()).catch(() => undefined);
    }
  } catch (error) {
    if (signal.aborted) throw abortFailure(signal);
    const { kind, sentence } = asFailure(error);
    throw new Failure(kind, masking([url])(sentence), { cause: error });
  }
}

/** Who is there is often told to everybody; so what may be measured is tried as well. */
async function ask(
  session: Session,
  { can }: Binding,
  target: Probed,
  signal: AbortSignal,
  limit: AbortSignal,
): Promise<void> {
  const first = can.has("discover") ? ({ kind: "discover" } as const) : echo;
  const failure = await failureOf(unless(limit, session.call(first, limit)));
  if (signal.aborted) throw abortFailure(signal);
  const trouble = failure === null ? null : await unanswered(target, failure, limit);
  if (trouble !== null) throw trouble;
  if (first === echo) return;
  using patience = limited(letInMs, signal);
  const refusal = await failureOf(unless(patience.signal, session.call(echo, patience.signal)));
  if (signal.aborted) throw abortFailure(signal);
  if (refusal !== null && refusesUs(refusal)) throw unauthorized(target, refusal);
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

async function failureOf(work: Promise<unknown>): Promise<Failure | null> {
  return work.then(() => null, asFailure);
}
