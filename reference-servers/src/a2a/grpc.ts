import { type AgentCard, a2aService, versionHeader } from "@apb/protocols/a2a";
import { a2aProto } from "@apb/protos/files";
import type { Agents } from "../agents/agents.ts";
import type { GrpcCall, GrpcMethod } from "../grpc-call.ts";
import type { GrpcDoor } from "../grpc-listener.ts";
import { protobufService } from "../grpc-protobuf.ts";
import { jsonObjects } from "../protojson.ts";
import { grpcCard } from "./grpc-card.ts";
import { grpcRefusal } from "./grpc-error.ts";
import { type Streaming, serviceOf, type Unary } from "./service.ts";
import { expectA2a1 } from "./version.ts";

/** Every request has one; it names the agent of a server that has several. */
interface Addressed {
  readonly tenant?: string;
}

/** The agent of a request without a tenant. */
const defaultAgent = "echo";

/** The gRPC binding (§10) of every agent. */
export function a2aGrpc(agents: Agents): GrpcDoor {
  const service = serviceOf(agents);
  const protobuf = protobufService(a2aProto, a2aService, jsonObjects);
  const refuse: (error: unknown) => never = grpcRefusal();

  function agentOf({ tenant }: Addressed, call: GrpcCall): string {
    const agent = tenant || defaultAgent;
    service.expectAgent(agent);
    expectA2a1(call.metadata(versionHeader) ?? "");
    return agent;
  }

  const unary = (name: string, run: Unary): [string, GrpcMethod] =>
    protobuf.unary<Addressed, object>(name, (request, call) => {
      try {
        const answer = run(agentOf(request, call), request, () => call.signal);
        return answer instanceof Promise ? answer.catch(refuse) : answer;
      } catch (error) {
        return refuse(error);
      }
    });

  const streaming = (name: string, run: Streaming): [string, GrpcMethod] =>
    protobuf.stream<Addressed, object>(name, async function* (request, call) {
      try {
        yield* run(agentOf(request, call), request, call.signal);
      } catch (error) {
        refuse(error);
      }
    });

  const card = protobuf.unary<Addressed, AgentCard>("GetExtendedAgentCard", (request, call) => {
    try {
      const name = agentOf(request, call);
      const shown = agents.list.filter((agent) => !request.tenant || agent.name === name);
      return grpcCard(name, shown, call.metadata(":authority") ?? "");
    } catch (error) {
      return refuse(error);
    }
  });

  return {
    methods: new Map([
      ...[...service.unary].map(([name, run]) => unary(name, run)),
      ...[...service.streaming].map(([name, run]) => streaming(name, run)),
      card,
    ]),
  };
}
