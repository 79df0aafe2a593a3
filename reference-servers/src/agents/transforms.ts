import type { Agent } from "./agent.ts";

/** An agent that turns a text into one other text at once. */
function transform(name: string, description: string, change: (text: string) => string): Agent {
  return { name, description, answer: (text) => ({ chunks: [change(text)], intervalMs: 0 }) };
}

/** The agent whose answer is the message itself. */
export const echo = transform("echo", "Returns the message unchanged.", (text) => text);

/**
 * The four agents of a research workflow. Each marks the text in its own way, so that the last answer shows
 * which agents ran, in what order, on what.
 */
export const team: readonly Agent[] = [
  transform("planner", "Splits a topic into three questions, one a line.", (topic) =>
    ["background", "evidence", "risks"].map((aspect) => `${aspect} of ${topic}`).join("\n"),
  ),
  transform("researcher", "Answers one question with a finding.", (question) => `finding(${question})`),
  transform(
    "writer",
    "Writes a draft from findings, one a line.",
    (findings) => `draft[${findings.split("\n").join("; ")}]`,
  ),
  transform("reviewer", "Approves a draft.", (draft) => `approved: ${draft}`),
];
