import { loadOf, type Point, type Profile, type Scenario, type Task } from "@apb/core/scenario";
import { messageOf, sizesOf } from "./bodies.ts";

/**
 * One request and its reply, for bodies of growing size: what a byte costs, and what an envelope costs. Each size is
 * measured twice: a round trip is what one user sees on a server that has nothing else to do; throughput and CPU come from
 * as many as keep it busy, where latency is only throughput upside down.
 */
export const messageSize: Scenario = {
  name: "message-size",
  shows:
    "round trip of one request and reply, throughput under many users, and bytes on the wire against bytes of body",
  needs: new Set(["send"]),
  takesCall: true,
  steps: ["send"],
  view: "size",
  points: (profile) =>
    sizesOf(profile).flatMap((sizeBytes) => vusOf(profile).map((vus) => sizePoint(sizeBytes, vus, profile))),
};

/** The profile's users, whose many calls V8 compiles by, and then one alone; a load of the reader's own replaces both. */
function vusOf({ executor, vus }: Profile): readonly number[] {
  return executor === undefined && vus > 1 ? [vus, 1] : [vus];
}

function sizePoint(sizeBytes: number, vus: number, profile: Profile): Point {
  const { agent, body, expectReply } = messageOf(profile, sizeBytes);
  const task: Task = {
    name: "message",
    weight: 1,
    async run({ session }, io) {
      const reply = await io.step("send", (signal) => session.call({ kind: "send", agent, body }, signal));
      return () => expectReply(reply);
    },
  };
  const load = loadOf(profile, vus);
  return {
    params: { sizeBytes },
    workloads: [{ name: "default", load, sessionsPerVU: 1, tasks: [task] }],
    thresholds: [],
  };
}
