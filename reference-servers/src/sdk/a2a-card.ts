import { AgentCard } from "@a2a-js/sdk";
import { type AgentInterface, a2aVersion } from "@apb/protocols/a2a";
import type { Agent } from "../agents/agent.ts";

const textMode = "text/plain";

/** The card of one agent, or of a server that several are the skills of. `extended` for a door that tells it in a call. */
export function cardOf(
  { name, description }: Pick<Agent, "name" | "description">,
  skills: readonly Agent[],
  { url, protocolBinding }: Pick<AgentInterface, "url" | "protocolBinding">,
  extended = false,
): AgentCard {
  return AgentCard.fromJSON({
    name,
    description,
    version: "1.0.0",
    supportedInterfaces: [{ url, protocolBinding, protocolVersion: a2aVersion }],
    capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: extended },
    defaultInputModes: [textMode],
    defaultOutputModes: [textMode],
    skills: skills.map((skill) => ({
      id: skill.name,
      name: skill.name,
      description: skill.description,
      tags: ["sdk"],
    })),
  });
}
