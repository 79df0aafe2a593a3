import { Failure, type FailureKind } from "./failure.ts";

/** What went wrong, as the pure readers of a protocol report it: they know no Failure and never throw. */
export interface Problem {
  readonly kind: "problem";
  readonly failure: FailureKind;
  readonly message: string;
}

/** What was read; a problem is thrown as the Failure it names. */
export function succeeded<T extends { readonly kind: string }>(read: T | Problem): Exclude<T, Problem> {
  if (isProblem(read)) throw failureOf(read);
  return read as Exclude<T, Problem>;
}

/** The Failure that a problem names. */
export function failureOf({ failure, message }: Problem): Failure {
  return new Failure(failure, message);
}

function isProblem(read: { readonly kind: string }): read is Problem {
  return read.kind === "problem";
}
