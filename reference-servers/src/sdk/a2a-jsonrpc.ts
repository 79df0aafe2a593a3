import { jsonRpcHandler } from "@a2a-js/sdk/server/express";
import type { Agents } from "../agents/agents.ts";
import type { Opened, Place } from "../doors.ts";
import { serveA2aHttp } from "./a2a-http.ts";

/** A2A as JSON-RPC by the official SDK. Throws when the port is taken. */
export function serveA2aJsonrpc(agents: Agents, at: Place): Promise<Opened> {
  return serveA2aHttp(agents, at, { protocolBinding: "JSONRPC", path: "/rpc", handler: jsonRpcHandler });
}
