import { bodyOf, type Session } from "@apb/core/binding";
import { type Case, loadOf, type Profile, type Scenario, type Step } from "@apb/core/scenario";
import { expectBody } from "./bodies.ts";

/** Research calls made at the same time, each on a connection of its own, so that no protocol has to queue them. */
const researchers = 3;

/** A planner, three researchers at once, a writer and a reviewer, each fed with the reply of the one before. */
export const workflow: Scenario = {
  name: "workflow",
  shows: "end-to-end latency of agents working together, each step's share of it, and a verified result",
  needs: new Set(["send", "other agents"]),
  cases: (profile) => [workflowCase(profile)],
};

function workflowCase(profile: Profile): Case {
  return {
    params: { users: profile.users },
    load: loadOf(profile, profile.users, (profile.sessions ?? profile.users) * researchers),
    sessionsPerUser: researchers,
    operations: 3 + researchers,
    bodyBytes: bodyBytesOf("topic 000000"),
    async iterate({ session, sessions, iteration }, step) {
      const topic = topicOf(iteration);
      const plan = await ask(step, "plan", session, "planner", topic);
      const questions = plan.split("\n");
      const findings = await step("research", (signal) =>
        Promise.all(
          questions.map(async (body, n) => {
            const own = sessions[n % sessions.length] ?? session;
            return bodyOf(await own.call({ kind: "send", agent: "researcher", body }, signal));
          }),
        ),
      );
      const draft = await ask(step, "write", session, "writer", findings.join("\n"));
      const review = await ask(step, "review", session, "reviewer", draft);
      return () => expectBody({ kind: "message", body: review }, expectedReview(topic));
    },
  };
}

async function ask(step: Step, name: string, session: Session, agent: string, body: string): Promise<string> {
  return bodyOf(await step(name, (signal) => session.call({ kind: "send", agent, body }, signal)));
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

function bodyBytesOf(topic: string): number {
  const questions = ["background", "evidence", "risks"].map((aspect) => `${aspect} of ${topic}`);
  const findings = questions.map((question) => `finding(${question})`);
  const draft = `draft[${findings.join("; ")}]`;
  const sent = [topic, ...questions, findings.join("\n"), draft];
  const received = [questions.join("\n"), ...findings, draft, expectedReview(topic)];
  return [...sent, ...received].reduce((sum, text) => sum + text.length, 0);
}
