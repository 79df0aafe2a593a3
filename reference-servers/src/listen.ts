import { isIPv6, type Server } from "node:net";
import type { Agents } from "./agents/agents.ts";
import { type Door, type Opened, type Place, doors as referenceDoors } from "./doors.ts";
import { HeldBytes } from "./grpc-held.ts";
import { type GrpcDoor, grpcLimits, grpcListener } from "./grpc-listener.ts";
import { type HttpDoor, httpListener } from "./http-listener.ts";
import { openServers } from "./open-servers.ts";

export interface ListenOptions {
  /** Bindings that share one port; they must be of one listener kind. */
  readonly bindings: readonly string[];
  /** 0 lets the system choose. */
  readonly port: number;
  /** `loopback` is 127.0.0.1 and, for a fixed port, ::1. Any other address also turns the Host and Origin rules off. */
  readonly host: string;
  readonly agents: Agents;
  /** The doors to choose from; the reference servers' own unless told otherwise. */
  readonly doors?: readonly Door[];
}

/** An open listener. Disposing refuses new connections, ends idle ones and waits a moment for the rest. */
export interface Listening extends AsyncDisposable {
  /** By binding: the URL a client is given, `{agent}` standing for an agent's name. */
  readonly urls: Readonly<Record<string, string>>;
}

/** Opens doors on one port. Throws when a binding is unknown, when they do not go together, and when the port is taken. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { bindings, port, host, agents, doors = referenceDoors } = options;
  const chosen = doors.filter((door) => bindings.includes(door.binding));
  const unknown = bindings.filter((binding) => !doors.some((door) => door.binding === binding));
  if (unknown.length > 0)
    throw new Error(
      `unknown binding ${unknown.join(", ")}; expected some of ${doors.map((door) => door.binding).join(", ")}`,
    );
  const opened = await openDoors(chosen, agents, { port, host });
  const shown = nameOf({ port, host });
  return {
    urls: Object.fromEntries(
      chosen.map((door) => [door.binding, `${door.scheme}://${shown}:${opened.port}${door.path}`]),
    ),
    [Symbol.asyncDispose]: () => opened.close(),
  };
}

/** What a client on this machine calls the place. */
function nameOf({ port, host }: Place): string {
  if (host === "loopback") return port === 0 ? "127.0.0.1" : "localhost";
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return isIPv6(host) ? `[${host}]` : host;
}

async function openDoors(chosen: readonly Door[], agents: Agents, at: Place): Promise<Opened> {
  const http: HttpDoor[] = [];
  const grpc: GrpcDoor[] = [];
  const opened = new Set<unknown>();
  for (const door of chosen) {
    if (door.listener === "http") {
      // Two bindings can be one door.
      if (!opened.has(door.open)) http.push(await door.open(agents));
      opened.add(door.open);
    } else if (door.listener === "grpc") grpc.push(await door.open(agents));
    else if (chosen.length === 1) return door.serve(agents, at);
    else throw new Error(`${door.binding} brings its own server and cannot share a port`);
  }
  if (http.length > 0 && grpc.length > 0) throw new Error("HTTP and gRPC doors cannot share a port");
  const anyHost = at.host !== "loopback";
  // Bare doors have no .proto file and get no health or reflection beside them: they measure the transport alone.
  const served = grpc.some(({ protoFile }) => protoFile !== undefined) ? await besideStandardServices(grpc) : grpc;
  const held = new HeldBytes(grpcLimits.heldBytes);
  const make = (): Server =>
    http.length > 0
      ? httpListener(http, { anyHost, underWay: agents.underWay })
      : grpcListener(served, grpcLimits, held);
  return openServers(make, at, () => {
    for (const door of http) door.close?.();
  });
}

/** Loaded only where a door has a .proto file, so that no other server has protobufjs in memory. */
async function besideStandardServices(doors: readonly GrpcDoor[]): Promise<readonly GrpcDoor[]> {
  return (await import("./grpc-standard-services.ts")).withStandardServices(doors);
}
