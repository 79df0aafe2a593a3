import { a2aService } from "@apb/protocols/a2a";
import { agpService } from "@apb/protocols/agp";
import { a2aProto, agpProto } from "@apb/protos/files";
import protobuf from "protobufjs";
import { expect, it } from "vitest";
import { Agents } from "./agents/agents.ts";
import { listen } from "./listen.ts";
import { fuzzGrpc } from "./testing/grpc-fuzz.ts";
import type { GrpcSeed } from "./testing/grpc-mutations.ts";

function seedsOf(
  protoFile: string,
  service: string,
  metadata: Record<string, string>,
  requests: readonly (readonly [method: string, request: object])[],
): GrpcSeed[] {
  const root = new protobuf.Root().loadSync(protoFile);
  root.resolveAll();
  return requests.map(([method, request]) => {
    const type = root.lookupService(service).methods[method]?.resolvedRequestType;
    expect(type).toBeInstanceOf(protobuf.Type);
    const message = type?.encode(type.fromObject(request)).finish() ?? new Uint8Array();
    return { path: `/${service}/${method}`, message, metadata };
  });
}

const message = { messageId: "m1", role: "ROLE_USER", parts: [{ text: "한국어" }] };

it.each<[string, readonly GrpcSeed[]]>([
  [
    "agp/grpc",
    seedsOf(agpProto, agpService, {}, [
      ["SendMessage", { message: "한국어" }],
      ["StreamMessage", { message: "one", agent: "echo" }],
      ["ListAgents", {}],
    ]),
  ],
  [
    "a2a/grpc",
    seedsOf(a2aProto, a2aService, { "a2a-version": "1.0" }, [
      ["SendMessage", { tenant: "echo", message, configuration: { historyLength: 1 } }],
      ["SendStreamingMessage", { message, metadata: { fields: { a: { stringValue: "b" } } } }],
      ["ListTasks", { pageSize: 2, statusTimestampAfter: { seconds: 1 } }],
      ["GetExtendedAgentCard", {}],
    ]),
  ],
])(
  "%s answers whatever comes in, and goes on",
  async (binding, seeds) => {
    await using listening = await listen({ bindings: [binding], port: 0, host: "loopback", agents: new Agents() });
    await fuzzGrpc({ url: listening.urls[binding] ?? "", seeds, runs: 10_000 });
  },
  120_000,
);
