import { agentCardPath } from "./a2a.ts";
import { parseTaskHandle, readAgentCard, readAgentList } from "./a2a-client.ts";

const placeholder = "{agent}";

/** Where the agents of one HTTP server are, from the URL a client was given. */
export interface A2aAddress {
  /** Scheme, host and port. */
  readonly origin: string;
  /** The path to call an agent at. A URL without `{agent}` is of one agent, whatever its name. */
  pathOf(agent: string): string;
  /** The name that goes into the handles of an agent's tasks; empty when there is one agent. */
  nameInHandles(agent: string): string;
  /** The agent (empty when there is one) and the id in a handle; undefined for a handle that cannot be of this server. */
  taskOf(handle: string): { readonly agent: string; readonly id: string } | undefined;
  /** Where to ask who is there, in this order, and what reads the JSON found there (undefined when it is not that). */
  readonly directories: readonly Directory[];
}

/** A place that tells who is there. */
export interface Directory {
  readonly path: string;
  read(json: unknown): readonly string[] | undefined;
}

/** Throws TypeError for text that is no URL. */
export function a2aAddress(url: string): A2aAddress {
  const { origin, pathname } = new URL(url.replace(placeholder, "agent"));
  const at = url.indexOf(placeholder);
  if (at === -1) return { origin, ...oneAgent(pathname) };
  const before = url.slice(url.indexOf("/", url.indexOf("//") + 2), at);
  const after = url.slice(at + placeholder.length);
  return {
    origin,
    pathOf: (agent) => `${before}${encodeURIComponent(agent)}${after}`,
    nameInHandles: (agent) => agent,
    taskOf: parseTaskHandle,
    // A2A has no list of agents (§8.2); the reference servers have one here.
    directories: [{ path: before, read: readAgentList }],
  };
}

/** A card is below the agent's URL, or beside it as for `/rpc`, or at the server's root. */
function oneAgent(path: string): Omit<A2aAddress, "origin"> {
  const below = path.replace(/\/$/, "");
  const beside = below.slice(0, Math.max(below.lastIndexOf("/"), 0));
  return {
    pathOf: () => path,
    nameInHandles: () => "",
    taskOf: (id) => ({ agent: "", id }),
    directories: [...new Set([below, beside, ""])].map((base) => ({ path: base + agentCardPath, read: readAgentCard })),
  };
}
