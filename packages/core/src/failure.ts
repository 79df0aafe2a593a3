/** Everything that can go wrong, as a closed list: a failed sample is counted under one of these. */
export const failureKinds = [
  "refused", // no connection could be opened
  "timeout", // no answer in time
  "closed", // the connection ended during an operation
  "aborted", // we cancelled it ourselves
  "protocol", // the answer is not what the protocol's specification allows
  "unknown-agent", // the server says: no such agent
  "unknown-task", // the server says: no such task or run
  "rejected", // the server refused the request for another reason
  "agent", // the agent ran and reported failure
  "mismatch", // a well-formed answer that is not the expected one
  "unsupported", // this binding has no such operation
  "usage", // wrong input by the person at the keyboard
  "environment", // the machine cannot do it: limits, ports, missing programs
  "internal", // a defect of this program
] as const;

/** One of {@link failureKinds}. */
export type FailureKind = (typeof failureKinds)[number];

/** The project's one error class. The message says what was expected, what came and, where it helps, what to do. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly kind: FailureKind;
  /** The message without its kind. */
  readonly sentence: string;

  constructor(kind: FailureKind, message: string, options?: { cause?: unknown }) {
    super(`[${kind}] ${message}`, options);
    this.kind = kind;
    this.sentence = message;
  }
}

/** Any thrown value as a {@link Failure}; what is not one already is a defect of ours, kept as the cause. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure("internal", error instanceof Error ? error.message : String(error), { cause: error });
}

/** Why a signal was aborted: the Failure given as its reason, or a plain `aborted`. */
export function abortFailure(signal: AbortSignal): Failure {
  return signal.reason instanceof Failure ? signal.reason : new Failure("aborted", "cancelled by the caller");
}
