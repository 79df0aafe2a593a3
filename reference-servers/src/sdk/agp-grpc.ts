import { once } from "node:events";
import { type AgpAgents, type AgpMessage, type AgpReply, agpDefaultAgent, agpStatus } from "@apb/protocols/agp";
import { agpProto } from "@apb/protos/files";
import {
  type GrpcObject,
  loadPackageDefinition,
  type ServerErrorResponse,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceClientConstructor,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { AgentFailed, UnknownAgent } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import type { Opened, Place } from "../doors.ts";
import { serveGrpc } from "./grpc-server.ts";

/** The course's Gateway (protos/agp.proto) as gRPC services are written for Node: grpc-js, definitions loaded when it starts. */
export function serveAgpGrpc(agents: Agents, at: Place): Promise<Opened> {
  const { agp } = loadPackageDefinition(loadSync(agpProto, { defaults: true }));
  const { service } = (agp as GrpcObject).Gateway as ServiceClientConstructor;
  return serveGrpc(service, gateway(agents), at);
}

type Cancellable = Pick<ServerUnaryCall<AgpMessage, AgpReply>, "on">;

function gateway(agents: Agents) {
  return {
    async SendMessage(call: ServerUnaryCall<AgpMessage, AgpReply>, callback: sendUnaryData<AgpReply>): Promise<void> {
      const { message, agent } = call.request;
      try {
        callback(null, { message: await agents.run(agent || agpDefaultAgent, message, () => cancellation(call)) });
      } catch (error) {
        callback(refusal(error));
      }
    },
    async StreamMessage(call: ServerWritableStream<AgpMessage, AgpReply>): Promise<void> {
      const { message, agent } = call.request;
      const signal = cancellation(call);
      try {
        for await (const chunk of agents.stream(agent || agpDefaultAgent, message, signal))
          if (!call.write({ message: chunk })) await once(call, "drain", { signal });
        call.end();
      } catch (error) {
        call.emit("error", refusal(error));
      }
    },
    ListAgents(_: ServerUnaryCall<object, AgpAgents>, callback: sendUnaryData<AgpAgents>): void {
      callback(null, { agents: agents.list.map(({ name, description }) => ({ name, description })) });
    },
  };
}

/** Aborted when the client cancels the call or leaves. */
function cancellation(call: Cancellable): AbortSignal {
  const controller = new AbortController();
  call.on("cancelled", () => controller.abort());
  return controller.signal;
}

function refusal(error: unknown): Partial<ServerErrorResponse> {
  const details = error instanceof Error ? error.message : String(error);
  if (error instanceof UnknownAgent) return { code: agpStatus.unknownAgent, details };
  if (error instanceof AgentFailed) return { code: agpStatus.agentFailed, details };
  return { code: status.UNKNOWN, details };
}
