import { agentCardPath } from "./a2a.ts";
import { parseTaskHandle, readAgentCard, readAgentList } from "./a2a-client.ts";

const placeholder = "{agent}";

/** Where the agents of one HTTP server are, from the URL a client was given. */
export interface A2aAddress {
  /** The path to call an agent at, or one below it, with the URL's own query. A URL without `{agent}` is of one agent, whatever its name. */
  pathOf(agent: string, below?: string): string;
  /** The name that goes into the handles of an agent's tasks; empty when there is one agent. */
  nameInHandles(agent: string): string;
  /** The agent (empty when there is one) and the id in a handle; undefined for a handle that cannot be of this server. */
  taskOf(handle: string): { readonly agent: string; readonly id: string } | undefined;
  /** Where to ask who is there, in this order, and what reads the JSON found there (undefined when it is not that). */
  readonly directories: readonly Directory[];
}

/** A place that tells who is there. */
export interface Directory {
  /** With the URL's own query. */
  readonly path: string;
  read(json: unknown): readonly string[] | undefined;
}

/** Throws TypeError for text that is no URL. */
export function a2aAddress(url: string): A2aAddress {
  const { pathname, search } = new URL(url.replace(placeholder, "agent"));
  const [location = ""] = url.split(/[?#]/, 1);
  const at = location.indexOf(placeholder);
  if (at === -1) return oneAgent(pathname, search);
  const before = location.slice(location.indexOf("/", location.indexOf("//") + 2), at);
  const after = location.slice(at + placeholder.length);
  return {
    pathOf: (agent, below = "") => joined(`${before}${encodeURIComponent(agent)}${after}`, below) + search,
    nameInHandles: (agent) => agent,
    taskOf: parseTaskHandle,
    // A2A has no list of agents (§8.2); the reference servers have one here.
    directories: [{ path: before + search, read: readAgentList }],
  };
}

/** A card is below the agent's URL, or beside it as for `/rpc`, or at the server's root. */
function oneAgent(path: string, query: string): A2aAddress {
  const own = path.replace(/\/$/, "");
  const beside = own.slice(0, Math.max(own.lastIndexOf("/"), 0));
  const cards = [...new Set([own, beside, ""])].map((base) => base + agentCardPath + query);
  return {
    pathOf: (_agent, below = "") => joined(path, below) + query,
    nameInHandles: () => "",
    taskOf: (id) => ({ agent: "", id }),
    directories: cards.map((card) => ({ path: card, read: readAgentCard })),
  };
}

function joined(path: string, below: string): string {
  return below !== "" && path.endsWith("/") ? path.slice(0, -1) + below : path + below;
}
