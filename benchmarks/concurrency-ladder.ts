import { loadOf, type Profile, type Scenario, type Task } from "@apb/core/scenario";
import { messageOf } from "./bodies.ts";

const bodyBytes = 1024;

/** Ever more connections with one user each: who holds them, what they cost in memory, and what happens to the tail. */
export const concurrencyLadder: Scenario = {
  name: "concurrency-ladder",
  shows: "connect time, connections held and refused, throughput, tail latency and server memory per connection",
  needs: new Set(["send"]),
  takesCall: true,
  steps: ["send"],
  view: "ladder",
  points: (profile) =>
    profile.rungs.map((connections) => ({
      params: { connections },
      workloads: [
        {
          name: "default",
          load: { ...loadOf(profile, connections), sessions: connections },
          sessionsPerVU: 1,
          tasks: [message(profile)],
        },
      ],
      thresholds: [],
      freshServer: true,
    })),
};

function message(profile: Profile): Task {
  const { agent, body, expectReply } = messageOf(profile, bodyBytes);
  return {
    name: "message",
    weight: 1,
    // Ten thousand of these wait at the same time: what they wait in is as short as it can be.
    run({ session }, io) {
      return io
        .step("send", (signal) => session.call({ kind: "send", agent, body }, signal))
        .then((reply) => () => expectReply(reply));
    },
  };
}
