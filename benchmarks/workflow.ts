import { bodyOf, type Session } from "@apb/core/binding";
import { type Io, loadOf, type Point, type Profile, type Scenario, type Task } from "@apb/core/scenario";
import { expectBody } from "./bodies.ts";

/** Research calls made at the same time, each on a connection of its own, so that no protocol has to queue them. */
const researchers = 3;

/** A planner, three researchers at once, a writer and a reviewer, each fed with the reply of the one before. */
export const workflow: Scenario = {
  name: "workflow",
  shows: "end-to-end latency of agents working together, each step's share of it, and a verified result",
  needs: new Set(["send", "other agents"]),
  steps: ["plan", "research", "write", "review"],
  view: "general",
  points: (profile) => [workflowPoint(profile)],
};

function workflowPoint(profile: Profile): Point {
  const load = loadOf(profile, profile.vus, researchers);
  return {
    params: {},
    workloads: [{ name: "default", load, sessionsPerVU: researchers, tasks: [teamwork] }],
    thresholds: [],
  };
}

const teamwork: Task = {
  name: "teamwork",
  weight: 1,
  async run({ session, sessions, iteration }, io) {
    const topic = topicOf(iteration);
    const plan = await ask(io, "plan", session, "planner", topic);
    const questions = plan.split("\n");
    const findings = await io.step("research", (signal) =>
      Promise.all(
        questions.map(async (body, n) => {
          const own = sessions[n % sessions.length] ?? session;
          return bodyOf(await own.call({ kind: "send", agent: "researcher", body }, signal));
        }),
      ),
    );
    const draft = await ask(io, "write", session, "writer", findings.join("\n"));
    const review = await ask(io, "review", session, "reviewer", draft);
    return () => expectBody({ kind: "message", body: review }, expectedReview(topic));
  },
};

async function ask(io: Io, name: string, session: Session, agent: string, body: string): Promise<string> {
  return bodyOf(await io.step(name, (signal) => session.call({ kind: "send", agent, body }, signal)));
}

/** Six digits, so that every iteration carries the same number of bytes. */
function topicOf(iteration: number): string {
  return `topic ${String(iteration % 1_000_000).padStart(6, "0")}`;
}

/** The agents' work worked out here once more: the last reply is right only if every step ran on this topic. */
export function expectedReview(topic: string): string {
  const findings = ["background", "evidence", "risks"].map((aspect) => `finding(${aspect} of ${topic})`);
  return `approved: draft[${findings.join("; ")}]`;
}
