import { type AgentCard, a2aService, versionHeader } from "@apb/protocols/a2a";
import { a2aProto } from "@apb/protos/files";
import type { Agents } from "../agents/agents.ts";
import type { GrpcCall, GrpcMethod } from "../grpc-call.ts";
import type { GrpcDoor } from "../grpc-listener.ts";
import { protobufService } from "../grpc-protobuf.ts";
import { jsonObjects } from "../protojson.ts";
import { grpcCard } from "./grpc-card.ts";
import { grpcRefusal } from "./grpc-error.ts";
import { type A2aService, expectA2a1, serviceOf } from "./service.ts";

/** Every request has one; it names the agent of a server that has several. */
interface Addressed {
  readonly tenant?: string;
}

/** The agent of a request without a tenant. */
const defaultAgent = "echo";

/** What answers one method; `agent` is there and the version is right. */
type Answer<Result> = (agent: string, request: Addressed, call: GrpcCall) => Result;

/** The gRPC binding (§10) of every agent. */
export function a2aGrpc(agents: Agents): GrpcDoor {
  const service = serviceOf(agents);
  const protobuf = protobufService(a2aProto, a2aService, jsonObjects);
  const refuse: (error: unknown) => never = grpcRefusal();

  const unary = (name: string, answer: Answer<object | Promise<object>>): [string, GrpcMethod] =>
    protobuf.unary<Addressed, object>(name, (request, call) => {
      try {
        const answered = answer(agentOf(service, request, call), request, call);
        return answered instanceof Promise ? answered.catch(refuse) : answered;
      } catch (error) {
        return refuse(error);
      }
    });

  const streaming = (name: string, answer: Answer<AsyncIterable<object>>): [string, GrpcMethod] =>
    protobuf.stream<Addressed, object>(name, async function* (request, call) {
      try {
        yield* answer(agentOf(service, request, call), request, call);
      } catch (error) {
        refuse(error);
      }
    });

  return {
    protoFile: a2aProto,
    methods: new Map([
      ...[...service.unary].map(([name, run]) =>
        unary(name, (agent, request, call) => run(agent, request, () => call.signal)),
      ),
      ...[...service.streaming].map(([name, run]) =>
        streaming(name, (agent, request, call) => run(agent, request, call.signal)),
      ),
      unary("GetExtendedAgentCard", (agent, request, call) => extendedCard(agents, agent, request, call)),
    ]),
  };
}

/** The card of the agent that the request's tenant names; of all of them where it names none. */
function extendedCard({ list }: Agents, agent: string, { tenant }: Addressed, call: GrpcCall): AgentCard {
  const shown = tenant ? list.filter(({ name }) => name === agent) : list;
  return grpcCard(agent, shown, call.metadata(":authority") ?? "");
}

/** The agent a request is for. Throws for one that is not there, and for another version than 1.0. */
function agentOf(service: A2aService, { tenant }: Addressed, call: GrpcCall): string {
  const agent = tenant || defaultAgent;
  service.expectAgent(agent);
  expectA2a1(call.metadata(versionHeader) ?? "");
  return agent;
}
