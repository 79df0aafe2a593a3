import type { FailureKind } from "@apb/core/failure";
import type { Asked, CheckOutcome, Connected, Driven, Task } from "./generator.ts";

/** What the conductor asks of the generator process, one at a time, and what comes back. */
export interface Calls {
  touch: { readonly argument: Asked; readonly result: null };
  verify: { readonly argument: Asked; readonly result: readonly CheckOutcome[] };
  connect: { readonly argument: Task; readonly result: Connected };
  drive: { readonly argument: { readonly warmUpMs: number; readonly startAt: bigint }; readonly result: Driven };
  disconnect: { readonly argument: null; readonly result: null };
}

/** Conductor → generator. */
export type Call = {
  [Name in keyof Calls]: { readonly call: Name; readonly argument: Calls[Name]["argument"] };
}[keyof Calls];

/** Generator → conductor: moments of a drive, then the result or the failure. */
export type Answer =
  | { readonly kind: "opened" }
  | { readonly kind: "closed" }
  | { readonly kind: "result"; readonly value: Calls[keyof Calls]["result"] }
  | { readonly kind: "failure"; readonly failure: FailureKind; readonly message: string };
