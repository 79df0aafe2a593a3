import { asFailure, type Failure } from "@apb/core/failure";
import { GrpcCall } from "./grpc-call.ts";
import type { RequestHead } from "./h2-stream.ts";

/** What came of a message: what was made of it, or why nothing could be. */
type Outcome<Reply> = { readonly reply: Reply } | { readonly failure: Failure };

/** A call with one message for an answer, which is read where it lies. */
export class UnaryCall<Reply> extends GrpcCall {
  readonly wantsMore = true;
  private outcome: Outcome<Reply> | null = null;
  private readonly read: (message: Uint8Array) => Reply;
  private readonly resolve: (reply: Reply) => void;
  protected readonly refuse: (failure: Failure) => void;

  constructor(
    request: RequestHead,
    message: Uint8Array,
    signal: AbortSignal,
    maxReplyBytes: number,
    read: (message: Uint8Array) => Reply,
    resolve: (reply: Reply) => void,
    refuse: (failure: Failure) => void,
  ) {
    super(request, message, signal, maxReplyBytes);
    this.read = read;
    this.resolve = resolve;
    this.refuse = refuse;
  }

  protected override takeFrom(bytes: Buffer, start: number, end: number): void {
    this.take(bytes.subarray(start, end));
  }

  protected take(message: Buffer): void {
    if (this.outcome !== null) {
      this.reject("expected one message, got another");
      return;
    }
    try {
      this.outcome = { reply: this.read(message) };
    } catch (error) {
      this.outcome = { failure: asFailure(error) };
    }
  }

  protected succeed(): void {
    const { outcome } = this;
    if (outcome === null) {
      this.reject("expected one message, got status OK without one");
      return;
    }
    if ("failure" in outcome) {
      this.fail(outcome.failure);
      return;
    }
    this.finish();
    this.resolve(outcome.reply);
  }
}
