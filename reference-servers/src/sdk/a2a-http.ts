import { AGENT_CARD_PATH } from "@a2a-js/sdk";
import { DefaultRequestHandler, InMemoryTaskStore } from "@a2a-js/sdk/server";
import { agentCardHandler, jsonRpcHandler, restHandler, UserBuilder } from "@a2a-js/sdk/server/express";
import type { AgentInterface } from "@apb/protocols/a2a";
import express, { type Express } from "express";
import type { Agent } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import type { Opened, Place } from "../doors.ts";
import { cardOf } from "./a2a-card.ts";
import { type Executor, executorOf } from "./a2a-executor.ts";
import { largeBodies, serveHttp } from "./http-server.ts";

/** How an HTTP binding of A2A is put into an Express app. */
interface Mount {
  readonly protocolBinding: AgentInterface["protocolBinding"];
  /** Below an agent's own path. */
  readonly path: string;
  readonly handler: typeof jsonRpcHandler;
}

/** A2A as JSON-RPC by the official SDK. Throws when the port is taken. */
export function serveA2aJsonrpc(agents: Agents, at: Place): Promise<Opened> {
  return serveA2aHttp(agents, at, { protocolBinding: "JSONRPC", path: "/rpc", handler: jsonRpcHandler });
}

/** A2A as HTTP+JSON by the official SDK. Throws when the port is taken. */
export function serveA2aRest(agents: Agents, at: Place): Promise<Opened> {
  return serveA2aHttp(agents, at, { protocolBinding: "HTTP+JSON", path: "", handler: restHandler });
}

/** On Express, as the SDK's samples deploy it: one of its request handlers for each agent. */
async function serveA2aHttp(agents: Agents, at: Place, mount: Mount): Promise<Opened> {
  const staff = agents.list.map((agent) => ({ agent, executor: executorOf(agents, () => agent.name) }));
  const { port, close } = await serveHttp(at, (origin) => app(staff, mount, origin));
  return {
    port,
    close() {
      for (const { executor } of staff) executor.close();
      return close();
    },
  };
}

interface Member {
  readonly agent: Agent;
  readonly executor: Executor;
}

function app(staff: readonly Member[], { protocolBinding, path, handler }: Mount, origin: string): Express {
  const whole = express().use(largeBodies());
  for (const { agent, executor } of staff) {
    const base = `/agents/${agent.name}`;
    const card = cardOf(agent, [agent], { url: origin + base + path, protocolBinding });
    const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), executor);
    whole.use(`${base}/${AGENT_CARD_PATH}`, agentCardHandler({ agentCardProvider: requestHandler }));
    whole.use(base + path, handler({ requestHandler, userBuilder: UserBuilder.noAuthentication }));
  }
  // A2A has cards only (§8.2); the list of agents is the reference servers'.
  const list = staff.map(({ agent: { name, description } }) => ({
    name,
    description,
    card: `/agents/${name}/${AGENT_CARD_PATH}`,
  }));
  return whole.get("/agents", (_, response) => void response.json({ agents: list }));
}
