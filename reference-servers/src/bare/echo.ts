import type { Agents } from "../agents/agents.ts";

/**
 * Asks `echo`, and gives its answer on: now, or once it has waited as long as it was told to. Answers keep the order of
 * the questions, since all of them wait equally long.
 */
export function askEcho(agents: Agents, body: string, give: (answer: string) => void): void {
  const answer = agents.run("echo", body);
  if (typeof answer === "string") give(answer);
  else void answer.then(give);
}
