import type { Failure } from "@apb/core/failure";
import { GrpcCall } from "./grpc-call.ts";
import type { RequestHead } from "./h2-stream.ts";

/** A call with one message for an answer. */
export class UnaryCall extends GrpcCall {
  readonly wantsMore = true;
  private reply: Buffer | null = null;
  private readonly resolve: (reply: Uint8Array) => void;
  protected readonly refuse: (failure: Failure) => void;

  constructor(
    request: RequestHead,
    message: Uint8Array,
    signal: AbortSignal,
    resolve: (reply: Uint8Array) => void,
    refuse: (failure: Failure) => void,
  ) {
    super(request, message, signal);
    this.resolve = resolve;
    this.refuse = refuse;
  }

  protected take(message: Buffer): void {
    if (this.reply === null) this.reply = message;
    else this.reject("expected one message, got another");
  }

  protected succeed(): void {
    if (this.reply === null) {
      this.reject("expected one message, got status OK without one");
      return;
    }
    this.finish();
    this.resolve(this.reply);
  }
}
