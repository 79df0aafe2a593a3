import { bodyOf, type Reply } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";

const sentence = "The agent reads the request, thinks, and answers in plain words. ";

/** ASCII text of exactly this many bytes, the same in every run and for every binding. */
export function textOf(sizeBytes: number): string {
  return sentence.repeat(Math.ceil(sizeBytes / sentence.length)).slice(0, sizeBytes);
}

/** Throws `mismatch` unless the reply carries exactly this body. */
export function expectBody(reply: Reply, expected: string): void {
  const body = bodyOf(reply);
  if (body === expected) return;
  throw new Failure(
    "mismatch",
    `expected ${expected.length} characters starting ${JSON.stringify(expected.slice(0, 40))}, got ${body.length} starting ${JSON.stringify(body.slice(0, 40))}`,
  );
}
