import { bodyOf, type Reply } from "@apb/core/binding";
import { type Body, bodyText } from "@apb/core/body";
import { Failure } from "@apb/core/failure";
import type { Profile } from "@apb/core/scenario";
import { type Expectation, expectationOf } from "./expectation.ts";

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

/** One message of a scenario and what must come back. */
export interface Message {
  readonly agent: string;
  readonly body: Body;
  readonly expectReply: Expectation;
}

/** The message of the profile's own call, or a text of this size to `echo`, which must come back as it is. */
export function messageOf({ call }: Pick<Profile, "call">, sizeBytes: number): Message {
  const text = textOf(sizeBytes);
  if (call === undefined) return { agent: "echo", body: text, expectReply: (reply) => expectBody(reply, text) };
  const expectations = call.expect.map(expectationOf);
  const expectReply: Expectation = (reply) => {
    bodyOf(reply);
    for (const expectation of expectations) expectation(reply);
  };
  return { agent: call.agent, body: call.body ?? text, expectReply };
}

/** The sizes of messages that there are: of the call's own body, or these. */
export function sizesOf({ call, sizesBytes }: Pick<Profile, "call" | "sizesBytes">): readonly number[] {
  const body = call?.body ?? null;
  return body === null ? sizesBytes : [Buffer.byteLength(bodyText(body))];
}
