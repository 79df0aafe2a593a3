import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { agentsName } from "@apb/protocols/slim-agents";
import type { Agents } from "../agents/agents.ts";
import type { Opened, Place } from "../doors.ts";
import { addressesOf, isOpenedToo } from "../open-servers.ts";
import { answerSessions } from "./slim-agents.ts";
import { type SlimBindings, type SlimService, slimBindings } from "./slim-bindings.ts";

/** Applications made from the bindings must have one; point-to-point sessions without MLS do not look at it. */
const secret = "agent-protocol-bench, for no one's eyes";

/** How a client reaches a node: gRPC or WebSocket, by the endpoint's scheme. */
export type SlimScheme = "http" | "ws";

/**
 * A SLIM node and, connected to it as any application would be, the agents: both from the official bindings, both in this
 * process, so that the process is the whole cost. Throws when the port is taken.
 */
export async function serveSlim(agents: Agents, at: Place, scheme: SlimScheme): Promise<Opened> {
  const slim = started();
  const port = at.port === 0 ? await freePort() : at.port;
  const node = await openNode(slim, { host: at.host, port }, scheme);
  const service = slim.createService("agents");
  const app = service.createAppWithSecret(new slim.Name(...agentsName), secret);
  const connection = await service.connectAsync(slim.newInsecureClientConfig(`${scheme}://127.0.0.1:${port}`));
  await app.subscribeAsync(new slim.Name(...agentsName), connection);
  void answerSessions(app, agents);
  return {
    port,
    close: async () => {
      await service.shutdownAsync();
      await node.shutdownAsync();
    },
  };
}

/** The bindings, which a process can start once. Their log is off: it goes to stdout, where the ready line is. */
function started(): SlimBindings {
  const slim = slimBindings();
  if (slim.isInitialized()) return slim;
  const quiet = slim.newTracingConfigWith("error", false, false, ["off"]);
  slim.initializeWithConfigs(slim.newRuntimeConfig(), quiet, [slim.newServiceConfig()]);
  return slim;
}

async function openNode(slim: SlimBindings, at: Place, scheme: SlimScheme): Promise<SlimService> {
  const node = slim.createService("node");
  const listen = (host: string): Promise<void> => {
    const address = `${host.includes(":") ? `[${host}]` : host}:${at.port}`;
    // Without a scheme an endpoint means gRPC.
    const config = slim.newInsecureServerConfig(scheme === "ws" ? `ws://${address}` : address);
    return node.runServerAsync(config).catch((cause) => {
      throw new Error(`SLIM's node cannot listen on ${address}: ${reasonOf(cause)}`, { cause });
    });
  };
  const [first, second] = addressesOf(at);
  await listen(first);
  if (second !== undefined) await isOpenedToo(listen(second), () => node.shutdownAsync());
  return node;
}

/** What the bindings say went wrong: the innermost of the causes they list, one on a line. */
function reasonOf(error: { readonly inner?: { readonly message: string } }): string {
  const [first = "unknown", ...causes] = error.inner?.message.split("\n") ?? [];
  return (causes.at(-1) ?? first).replace(/^\s*->\s*/, "");
}

/** A port nobody uses: the node does not tell which one the system chose for it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
