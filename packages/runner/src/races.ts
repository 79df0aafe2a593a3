import { Failure } from "@apb/core/failure";

/** What may end by itself, and then tells how. */
interface Mortal {
  readonly ended: Promise<string>;
}

/** Who waits for an end, and how it was once it has come. */
interface Watch {
  how: string | null;
  readonly acts: Set<(how: string) => void>;
}

/** A promise holds all that was ever chained to it: of those that may never settle each is chained to once. */
const watches = new WeakMap<Promise<string>, Watch>();

/** Does it when this ends, or soon where it has; disposing takes it back, and leaves nothing of it. */
export function onEnd(ended: Promise<string>, act: (how: string) => void): Disposable {
  const { how, acts } = watchOf(ended);
  acts.add(act);
  if (how !== null) queueMicrotask(() => acts.has(act) && act(how));
  return { [Symbol.dispose]: () => void acts.delete(act) };
}

function watchOf(ended: Promise<string>): Watch {
  const known = watches.get(ended);
  if (known !== undefined) return known;
  const watch: Watch = { how: null, acts: new Set() };
  watches.set(ended, watch);
  void ended.then((how) => {
    watch.how = how;
    for (const act of [...watch.acts]) act(how);
  });
  return watch;
}

/** Rejects with this failure when the end comes before the work is done. */
export function unlessEnded<T>(
  work: Promise<T>,
  ended: Promise<string>,
  failureOf: (how: string) => Failure,
): Promise<T> {
  let registration: Disposable | null = null;
  const failed = new Promise<never>((_, reject) => {
    registration = onEnd(ended, (how) => reject(failureOf(how)));
  });
  return Promise.race([work, failed]).finally(() => registration?.[Symbol.dispose]());
}

/** Rejects with `closed` as soon as the server ends by itself. */
export function whileServing<T>(work: Promise<T>, { ended }: Mortal): Promise<T> {
  return unlessEnded(work, ended, serverEnded);
}

/** What is wrong when a server ends by itself, in its own words. */
export function serverEnded(how: string): Failure {
  return new Failure("closed", `the server ended in the middle of the measurement (${how})`);
}

/** Rejects with `aborted` as soon as the signal says so, or at once when it has. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new Failure("aborted", "the run was interrupted"));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener("abort", abort));
}

/** Rejects with `timeout` when the work takes longer than anything that is well. */
export function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new Failure("timeout", `expected ${what} within ${ms < 1000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`}`),
        ),
      ms,
    );
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Marks a promise's failure as noticed: who waits for it still gets it, and nobody has to. */
export function heard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
