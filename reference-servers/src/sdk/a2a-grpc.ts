import type { AgentCard } from "@a2a-js/sdk";
import { TaskNotFoundError } from "@a2a-js/sdk/errors";
import {
  DefaultRequestHandler,
  defaultServerCallContextBuilder,
  InMemoryTaskStore,
  type ServerCallContextBuilder,
} from "@a2a-js/sdk/server";
import { A2AService, grpcService, UserBuilder } from "@a2a-js/sdk/server/grpc";
import { UnknownAgent } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import type { Opened, Place } from "../doors.ts";
import { cardOf } from "./a2a-card.ts";
import { executorOf } from "./a2a-executor.ts";
import { serveGrpc } from "./grpc-server.ts";

/** A2A as gRPC by the official SDK: one service, the tenant names the agent; none is the server as a whole. */
export async function serveA2aGrpc(agents: Agents, at: Place): Promise<Opened> {
  const executor = executorOf(agents, ({ context }) => context.tenant ?? "");
  const whole = { name: "agents", description: "The agents of one server, each a tenant." };
  const cardAt = (port: number): AgentCard =>
    cardOf(whole, agents.list, { url: `localhost:${port}`, protocolBinding: "GRPC" }, true);
  let port = at.port;
  const requestHandler = new DefaultRequestHandler(
    cardAt(port),
    new InMemoryTaskStore(),
    executor,
    undefined,
    undefined,
    undefined,
    async () => cardAt(port),
  );
  const service = grpcService({
    requestHandler,
    userBuilder: UserBuilder.noAuthentication,
    contextBuilder: knownTenants(agents),
  });
  const opened = await serveGrpc(A2AService, service, at);
  port = opened.port;
  return {
    port,
    close() {
      executor.close();
      return opened.close();
    },
  };
}

/** Of the SDK's errors, the one for a task is NOT_FOUND in gRPC, which is what an unknown tenant is. */
function knownTenants(agents: Agents): ServerCallContextBuilder {
  return (options) => {
    const { tenant = "" } = options;
    if (tenant !== "" && !agents.has(tenant)) throw new TaskNotFoundError(new UnknownAgent(tenant).message);
    return defaultServerCallContextBuilder(options);
  };
}
