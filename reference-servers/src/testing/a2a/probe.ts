import { Agents } from "../../agents/agents.ts";
import { listen } from "../../listen.ts";
import { openGrpc } from "./grpc-calls.ts";
import { openHttp, readEvents, readHttp } from "./http-calls.ts";
import type { Extras, Outcome, Transport } from "./outcome.ts";

/** What tests ask of all three doors in one way. Requests and answers are ProtoJSON. */
export interface Probe extends AsyncDisposable {
  /** Of the HTTP doors. */
  readonly origin: string;
  /** Of the gRPC door. */
  readonly authority: string;
  /** Sends an operation to an agent, `echo` unless told otherwise, and reads the whole answer. */
  call(transport: Transport, method: string, request: object, agent?: string, extras?: Extras): Promise<Outcome>;
  /** The items of a stream as they come; leaving it closes it. */
  stream(transport: Transport, method: string, request: object, agent?: string): AsyncGenerator<unknown>;
}

/** Opens the doors to the same agents: both HTTP doors on one port, gRPC on another. */
export async function openProbe(agents = new Agents()): Promise<Probe> {
  const at = { port: 0, host: "loopback", agents };
  const http = await listen({ bindings: ["a2a/rest", "a2a/jsonrpc"], ...at });
  const rpc = await listen({ bindings: ["a2a/grpc"], ...at });
  const { origin } = new URL((http.urls["a2a/rest"] as string).replace("{agent}", ""));
  const { host: authority } = new URL(rpc.urls["a2a/grpc"] as string);
  const grpc = await openGrpc(authority);
  return {
    origin,
    authority,
    async call(transport, method, request, agent = "echo", extras = {}) {
      const sent = { version: "1.0", ...extras, method, request, agent };
      return transport === "grpc" ? grpc.call(sent) : readHttp(transport, await openHttp(origin, transport, sent));
    },
    async *stream(transport, method, request, agent = "echo") {
      const sent = { version: "1.0", method, request, agent };
      if (transport === "grpc") yield* grpc.stream(sent);
      else yield* readEvents(transport, await openHttp(origin, transport, sent));
    },
    async [Symbol.asyncDispose]() {
      grpc.close();
      await Promise.all([http, rpc].map((server) => server[Symbol.asyncDispose]()));
    },
  };
}
