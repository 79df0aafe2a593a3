import { type Case, loadOf, type Profile, type Scenario } from "@apb/core/scenario";
import { expectBody, textOf } from "./bodies.ts";

/** One request and its reply, for bodies of growing size: what a byte costs, and what an envelope costs. */
export const messageSize: Scenario = {
  name: "message-size",
  shows: "latency and throughput of one request and reply, and bytes on the wire against bytes of body",
  needs: new Set(["send"]),
  cases: (profile) => profile.sizesBytes.map((sizeBytes) => sizeCase(sizeBytes, profile)),
};

function sizeCase(sizeBytes: number, profile: Profile): Case {
  const body = textOf(sizeBytes);
  return {
    params: { sizeBytes },
    load: loadOf(profile, profile.users, profile.sessions ?? profile.users),
    sessionsPerUser: 1,
    operations: 1,
    bodyBytes: 2 * sizeBytes,
    async iterate({ session }, step) {
      const reply = await step("send", (signal) => session.call({ kind: "send", agent: "echo", body }, signal));
      return () => expectBody(reply, body);
    },
  };
}
