import type { AddressInfo, Server } from "node:net";
import type { Agents } from "./agents/agents.ts";
import { type Door, doors } from "./doors.ts";
import { type GrpcDoor, grpcListener } from "./grpc-listener.ts";
import { type HttpDoor, httpListener } from "./http-listener.ts";

export interface ListenOptions {
  /** Bindings that share one port; they must be of one listener kind. */
  readonly bindings: readonly string[];
  /** 0 lets the system choose. */
  readonly port: number;
  /** `loopback` is 127.0.0.1 and, for a fixed port, ::1. Any other address also turns the Host and Origin rules off. */
  readonly host: string;
  readonly agents: Agents;
}

/** An open listener. Disposing refuses new connections, ends idle ones and waits a moment for the rest. */
export interface Listening extends AsyncDisposable {
  /** By binding: the URL a client is given, `{agent}` standing for an agent's name. */
  readonly urls: Readonly<Record<string, string>>;
}

/** ulimit permitting, ten thousand clients may knock at once. */
const backlog = 16_384;

/** Opens doors on one port. Throws when a binding is unknown, when they do not go together, and when the port is taken. */
export async function listen({ bindings, port, host, agents }: ListenOptions): Promise<Listening> {
  const chosen = doors.filter((door) => bindings.includes(door.binding));
  const unknown = bindings.filter((binding) => !doors.some((door) => door.binding === binding));
  if (unknown.length > 0)
    throw new Error(
      `unknown binding ${unknown.join(", ")}; expected some of ${doors.map((door) => door.binding).join(", ")}`,
    );
  const anyHost = host !== "loopback";
  const { make, hangUp } = await listenerOf(chosen, agents, anyHost);
  const servers: Server[] = [];
  const first = make();
  servers.push(first);
  await open(first, port, anyHost ? host : "127.0.0.1");
  const address = first.address() as AddressInfo;
  if (!anyHost && port !== 0) {
    const second = make();
    // A machine without IPv6 has no ::1, and needs none.
    if (
      await open(second, address.port, "::1").then(
        () => true,
        () => false,
      )
    )
      servers.push(second);
  }
  const shown = anyHost ? "localhost" : port === 0 ? "127.0.0.1" : "localhost";
  return {
    urls: Object.fromEntries(
      chosen.map((door) => [door.binding, `${door.scheme}://${shown}:${address.port}${door.path}`]),
    ),
    [Symbol.asyncDispose]: async () => {
      const closed = servers.map(close);
      hangUp();
      await Promise.all(closed);
    },
  };
}

interface Listener {
  make(): Server;
  /** Ends what would keep a server open: long replies and WebSockets. */
  hangUp(): void;
}

async function listenerOf(chosen: readonly Door[], agents: Agents, anyHost: boolean): Promise<Listener> {
  const http: HttpDoor[] = [];
  const grpc: GrpcDoor[] = [];
  for (const door of chosen) {
    if (door.listener === "http") http.push(await door.open(agents));
    else grpc.push(await door.open(agents));
  }
  if (http.length > 0 && grpc.length > 0) throw new Error("HTTP and gRPC doors cannot share a port");
  return {
    make: () => (http.length > 0 ? httpListener(http, { anyHost }) : grpcListener(grpc)),
    hangUp: () => {
      for (const door of http) door.close?.();
    },
  };
}

function open(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, backlog }, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

/** Requests under way get this long to end after the listener was told to close. */
const graceMs = 2000;

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const closable = server as Server & { closeIdleConnections?(): void; closeAllConnections?(): void };
    const force = setTimeout(() => closable.closeAllConnections?.(), graceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    closable.closeIdleConnections?.();
  });
}
