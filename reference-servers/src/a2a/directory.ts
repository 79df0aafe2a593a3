import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type AgentCard, a2aVersion, agentCardPath } from "@apb/protocols/a2a";
import type { Agent } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import { type Exchange, sendJson } from "../http-listener.ts";
import { restErrorText } from "./error.ts";
import { decodeSegment } from "./http.ts";
import { textMode } from "./requests.ts";
import type { A2aService } from "./service.ts";

/** Where the agents are; below it, each has its name. */
export const agentsPath = "/agents";

/** The part of an HTTP door that is about no call: the list of agents and their cards. */
export interface Directory {
  handles(path: string): boolean;
  answer(exchange: Exchange): void;
}

const cacheable = { "content-type": "application/json", "cache-control": "public, max-age=60" };

/** The list is `{"agents":[{"name","description","card"}]}`; A2A itself has cards only (§8.2). */
export function directoryOf(agents: Agents, service: A2aService): Directory {
  const list = JSON.stringify({
    agents: agents.list.map(({ name, description }) => ({
      name,
      description,
      card: `${agentsPath}/${name}${agentCardPath}`,
    })),
  });
  const cardAt = (path: string, host: string): string | undefined => {
    const name = decodeSegment(path.slice(agentsPath.length + 1, -agentCardPath.length));
    const agent = agents.list.find((candidate) => candidate.name === name);
    return agent === undefined ? undefined : JSON.stringify(cardOf(agent, service, `http://${host}`));
  };
  const isList = (path: string): boolean => path === agentsPath || path === `${agentsPath}/`;
  return {
    handles: (path) => isList(path) || (path.endsWith(agentCardPath) && path.startsWith(`${agentsPath}/`)),
    answer({ request, response, path }): void {
      if (request.method !== "GET" && request.method !== "HEAD") {
        response.setHeader("allow", "GET, HEAD");
        const message = `expected GET; messages go to ${agentsPath}/{agent}/message:send`;
        sendJson(response, 405, restErrorText(405, message));
        return;
      }
      const card = isList(path) ? undefined : cardAt(path, request.headers.host ?? "");
      if (isList(path)) sendJson(response, 200, list, cacheable);
      else if (card !== undefined) sendCard(request, response, card);
      else sendJson(response, 404, restErrorText(404, `there is no agent at ${path.slice(0, 100)}`));
    },
  };
}

/** §8.6.1: a card has an ETag; a client that names it is answered with 304 instead of the card. */
function sendCard({ headers }: IncomingMessage, response: ServerResponse, card: string): void {
  const etag = `"${createHash("sha256").update(card).digest("base64url")}"`;
  const known = headers["if-none-match"];
  if (known === "*" || known?.includes(etag)) response.writeHead(304, { ...cacheable, etag }).end();
  else sendJson(response, 200, card, { ...cacheable, etag });
}

function cardOf({ name, description }: Agent, { interfaces }: A2aService, origin: string): AgentCard {
  return {
    name,
    description,
    version: "1.0.0",
    supportedInterfaces: [...interfaces].map(([protocolBinding, path]) => ({
      url: `${origin}${path.replace("{agent}", name)}`,
      protocolBinding,
      protocolVersion: a2aVersion,
    })),
    capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: false },
    defaultInputModes: [textMode],
    defaultOutputModes: [textMode],
    skills: [{ id: name, name, description, tags: ["reference"] }],
  };
}
