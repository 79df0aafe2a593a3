import { type AgentCard, a2aVersion } from "@apb/protocols/a2a";
import type { Agent } from "../agents/agent.ts";
import { textMode } from "./requests.ts";

/**
 * The extended card of agents behind one gRPC server, where there is no other way to a card. Each agent is a skill, and
 * an interface whose `tenant` is what requests to it carry (§4.4.6).
 */
export function grpcCard(name: string, agents: readonly Agent[], authority: string): AgentCard {
  return {
    name,
    description: agents.find((agent) => agent.name === name)?.description ?? "",
    version: "1.0.0",
    supportedInterfaces: agents.map((agent) => ({
      url: authority,
      protocolBinding: "GRPC",
      protocolVersion: a2aVersion,
      tenant: agent.name,
    })),
    capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: true },
    defaultInputModes: [textMode],
    defaultOutputModes: [textMode],
    skills: agents.map((agent) => ({
      id: agent.name,
      name: agent.name,
      description: agent.description,
      tags: ["reference"],
    })),
  };
}
