import type { Door } from "../doors.ts";
import { openServers } from "../open-servers.ts";

/** What is under the protocols: sockets and transports that carry bodies and nothing else. They have no usual ports. */
export const bareDoors: readonly Door[] = [
  {
    binding: "bare/tcp",
    listener: "own",
    port: 0,
    scheme: "tcp",
    path: "",
    serve: async (agents, at) => {
      const { bareTcp } = await import("./tcp.ts");
      return openServers(() => bareTcp(agents), at);
    },
  },
  {
    binding: "bare/http",
    listener: "http",
    port: 0,
    scheme: "http",
    path: "/",
    open: async (agents) => (await import("./http.ts")).bareHttp(agents),
  },
  {
    binding: "bare/grpc",
    listener: "grpc",
    port: 0,
    scheme: "http",
    path: "",
    open: async (agents) => (await import("./grpc.ts")).bareGrpc(agents),
  },
  {
    binding: "bare/websocket",
    listener: "http",
    port: 0,
    scheme: "ws",
    path: "/",
    open: async (agents) => (await import("./websocket.ts")).bareWebSocket(agents),
  },
];
