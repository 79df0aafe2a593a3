import { Failure } from "@apb/core/failure";

/** What may end by itself, and then tells how. */
interface Mortal {
  readonly ended: Promise<string>;
}

/** Rejects with `closed` as soon as the server ends by itself. */
export function whileServing<T>(work: Promise<T>, server: Mortal): Promise<T> {
  return Promise.race([
    work,
    server.ended.then((how): never => {
      throw serverEnded(how);
    }),
  ]);
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
    timer = setTimeout(() => reject(new Failure("timeout", `expected ${what} within ${Math.round(ms / 1000)} s`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Marks a promise's failure as noticed: who waits for it still gets it, and nobody has to. */
export function heard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
