import { Failure, type FailureKind } from "@apb/core/failure";

/** gRPC status codes that mean something of their own to a sample; the rest are refusals by the server. */
const kinds: Readonly<Record<number, FailureKind>> = {
  // CANCELLED, when it was not us: the caller's own cancelling is known by its signal.
  1: "closed",
  // DEADLINE_EXCEEDED
  4: "timeout",
  // UNAVAILABLE
  14: "closed",
};

/** The server's answer when it is not OK (numbers: gRPC's status codes). Bindings turn it into the Failure their protocol means. */
export class GrpcStatus extends Failure {
  readonly code: number;
  readonly details: string;

  constructor(code: number, details: string, options?: { cause?: unknown }) {
    super(kinds[code] ?? "rejected", `gRPC status ${code}: ${details}`, options);
    this.code = code;
    this.details = details;
  }
}

/** The end of a call that neither side failed. */
export function endedByServer(): Failure {
  return new Failure("closed", "the server has ended the call with status OK");
}
