import type { Door } from "../../doors.ts";
import { mcpEndpoint } from "../jsonrpc.ts";
import { sessionFixtures } from "./session-fixtures.ts";
import { statelessFixtures } from "./stateless-fixtures.ts";
import { noSubscriptions } from "./subscriptions.ts";

/**
 * MCP on HTTP as `mcp/jsonrpc` serves it, in front of what the official conformance suite asks for. Not among the doors
 * that are measured.
 */
export const conformanceDoor: Door = {
  binding: "mcp/conformance",
  listener: "http",
  port: 3000,
  scheme: "http",
  path: "/mcp",
  open: async () => {
    const subscriptions = noSubscriptions();
    const endpoint = mcpEndpoint(statelessFixtures(subscriptions), sessionFixtures());
    return {
      ...endpoint,
      close: () => {
        subscriptions.close();
        endpoint.close?.();
      },
    };
  },
};
