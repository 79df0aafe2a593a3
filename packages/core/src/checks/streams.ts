import { Failure } from "../failure.ts";
import { type Check, endless, expectEcho, expectFailure, messageOf, preview, sessionCheck } from "./check.ts";
import { noSuchAgent } from "./missing.ts";

/** One request, many messages. */
export const streamChecks: readonly Check[] = [
  sessionCheck("streams in order and ends", ["stream", "send"], async (session, signal) => {
    const got: string[] = [];
    const operation = { kind: "stream", agent: "tokens", body: JSON.stringify({ chunks: 25 }) } as const;
    for await (const reply of session.stream(operation, signal)) got.push(messageOf(reply));
    const expected = Array.from({ length: 25 }, (_, n) => `token-${n}`);
    if (got.join("\n") !== expected.join("\n"))
      throw new Failure("mismatch", `expected token-0 … token-24 in order, got ${preview(got.join(" "))}`);
    await expectEcho(session, "after the stream", signal);
  }),
  sessionCheck("lets go of a stream that its reader leaves", ["stream", "send"], async (session, signal) => {
    let first: string | null = null;
    for await (const reply of session.stream({ kind: "stream", agent: "tokens", body: endless }, signal)) {
      first = messageOf(reply);
      break;
    }
    if (first !== "token-0") throw new Failure("mismatch", `expected token-0 first, got ${first ?? "no message"}`);
    await expectEcho(session, "after leaving", signal);
  }),
  sessionCheck("reports an unknown agent of a stream", ["stream"], async (session, signal) => {
    await expectFailure("unknown-agent", async () => {
      for await (const _ of session.stream({ kind: "stream", agent: noSuchAgent, body: "" }, signal));
    });
  }),
  sessionCheck("reports an agent's own failure in a stream", ["stream"], async (session, signal) => {
    await expectFailure("agent", async () => {
      for await (const _ of session.stream({ kind: "stream", agent: "tokens", body: "not JSON" }, signal));
    });
  }),
];
