import { loadOf, type Scenario } from "@apb/core/scenario";
import { expectBody, textOf } from "./bodies.ts";

const bodyBytes = 1024;

/** Ever more connections with one user each: who holds them, what they cost in memory, and what happens to the tail. */
export const concurrencyLadder: Scenario = {
  name: "concurrency-ladder",
  shows: "connect time, connections held and refused, throughput, tail latency and server memory per connection",
  needs: new Set(["send"]),
  cases: (profile) =>
    profile.rungs.map((connections) => {
      const body = textOf(bodyBytes);
      return {
        params: { connections },
        load: loadOf(profile, connections, connections),
        freshServer: true,
        sessionsPerUser: 1,
        operations: 1,
        bodyBytes: 2 * bodyBytes,
        // Ten thousand of these wait at the same time: what they wait in is as short as it can be.
        iterate({ session }, step) {
          return step("send", (signal) => session.call({ kind: "send", agent: "echo", body }, signal)).then(
            (reply) => () => expectBody(reply, body),
          );
        },
      };
    }),
};
