import { asFailure } from "@apb/core/failure";

/** What an error says, without the kinds in front. */
export function sentenceOf(error: unknown): string {
  return asFailure(error).message.replace(/^(\[[a-z-]+\] )+/, "");
}
