import { describeReply } from "../binding.ts";
import { Failure } from "../failure.ts";
import { type Check, expectEcho, expectFailure, ofAnyAgent, sessionCheck } from "./check.ts";
import { noSuchAgent } from "./missing.ts";

/** Sixteen bytes of UTF-8 with characters of one to four bytes, so that every way of cutting it into pieces splits some. */
const sixteenBytes = "0123 한 🤖 é";

const bodies: readonly (readonly [name: string, body: string])[] = [
  ["a plain body", "Hello, agent."],
  ["an empty body", ""],
  ["Unicode beyond the basic plane", "\ufeff한국어 · ελληνικά · 🤖🧵 · e\u0301"],
  ["quotes, backslashes and line ends", `"a" 'b' \\ / \r\n\t <c> &amp; {"json":[1,null]}\n`],
  ["control characters", "\u0000\u0001\b\f\u001f\u007f\u2028\u2029"],
  ["a body of 1 MiB", sixteenBytes.repeat(65_536)],
];

const echoChecks: readonly Check[] = bodies.map(([name, body]) =>
  sessionCheck(`echoes ${name} byte for byte`, ["send"], (session, signal) => expectEcho(session, body, signal)),
);

/** One request, one reply. */
export const messageChecks: readonly Check[] = [
  ofAnyAgent(
    sessionCheck("lists its agents", ["discover"], async (session, signal) => {
      const reply = await session.call({ kind: "discover" }, signal);
      if (reply.kind !== "agents" || !reply.agents.includes("echo"))
        throw new Failure("mismatch", `expected a list of agents with "echo" in it, got ${describeReply(reply)}`);
    }),
  ),
  ...echoChecks,
  sessionCheck("keeps interleaved calls apart", ["send"], async (session, signal) => {
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    // A signal each, as in a real load: Node warns of a leak when many calls listen to one.
    const calls = numbers.map((n) =>
      expectEcho(session, `call ${n} ${"x".repeat(n * 100)}`, AbortSignal.any([signal])),
    );
    await Promise.all(calls);
  }),
  ofAnyAgent(
    sessionCheck("reports an unknown agent", ["send", "other agents"], async (session, signal) => {
      await expectFailure("unknown-agent", () => session.call({ kind: "send", agent: noSuchAgent, body: "" }, signal));
      await expectEcho(session, "after an unknown agent", signal);
    }),
  ),
  sessionCheck("reports an agent's own failure", ["send", "other agents"], async (session, signal) => {
    await expectFailure("agent", () => session.call({ kind: "send", agent: "tokens", body: "not JSON" }, signal));
    await expectEcho(session, "after an agent's failure", signal);
  }),
];
