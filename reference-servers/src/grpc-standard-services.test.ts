import { once } from "node:events";
import { healthProto, reflectionProto } from "@apb/protos/files";
import {
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  type requestCallback,
  type ServiceClientConstructor,
  type ServiceError,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import protobuf from "protobufjs";
import descriptor, { type IFileDescriptorProto } from "protobufjs/ext/descriptor.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Agents } from "./agents/agents.ts";
import { type Listening, listen } from "./listen.ts";

interface Health {
  Check(request: object, done: requestCallback<object>): void;
  List(request: object, done: requestCallback<object>): void;
  Watch(request: object): ClientReadableStream<object>;
}

interface ReflectionReply {
  readonly messageResponse: string;
  readonly validHost: string;
  readonly originalRequest: object;
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly errorResponse?: { readonly errorCode: number; readonly errorMessage: string };
}
interface Reflection {
  ServerReflectionInfo(): ClientDuplexStream<object, ReflectionReply>;
}

const bindings = [
  ["agp/grpc", "agp.Gateway", "agp.proto"],
  ["a2a/grpc", "lf.a2a.v1.A2AService", "a2a.proto"],
] as const;
const standard = [
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
];

let listening: Listening;
const clients: { close(): void }[] = [];

function client<Methods>(binding: string, protoFile: string, service: string): Methods {
  const loaded = loadPackageDefinition(loadSync(protoFile, { enums: String, oneofs: true }));
  const found = service.split(".").reduce<unknown>((at, name) => (at as GrpcObject)[name], loaded);
  const made = new (found as ServiceClientConstructor)(
    new URL(listening.urls[binding] ?? "").host,
    credentials.createInsecure(),
  );
  clients.push(made);
  return made as unknown as Methods;
}

function decoded(bytes: Uint8Array): IFileDescriptorProto {
  return descriptor.FileDescriptorProto.decode(bytes) as IFileDescriptorProto;
}

/** The files of a reply that must be some. */
function filesOf(reply: ReflectionReply | undefined): IFileDescriptorProto[] {
  return (reply?.fileDescriptorResponse?.fileDescriptorProto ?? []).map(decoded);
}

describe.each(bindings)("%s", (binding, service, protoFile) => {
  beforeEach(async () => {
    listening = await listen({ bindings: [binding], port: 0, host: "loopback", agents: new Agents() });
  });
  afterEach(async () => {
    for (const made of clients.splice(0)) made.close();
    await listening[Symbol.asyncDispose]();
  });

  const health = (): Health => client(binding, healthProto, "grpc.health.v1.Health");

  function check(name: string): Promise<object> {
    return new Promise((resolve, reject) =>
      health().Check({ service: name }, (error, reply) => (error ? reject(error) : resolve(reply ?? {}))),
    );
  }

  it("is healthy as a whole and as a service, and knows no other", async () => {
    expect(await check("")).toEqual({ status: "SERVING" });
    expect(await check(service)).toEqual({ status: "SERVING" });
    await expect(check("nobody.Nothing")).rejects.toMatchObject({
      code: 5,
      details: 'there is no service "nobody.Nothing"',
    });
    const all = await new Promise((resolve) => health().List({}, (_, reply) => resolve(reply)));
    expect(all).toEqual({ statuses: { "": { status: "SERVING" }, [service]: { status: "SERVING" } } });
  });

  it("can be watched until it closes", async () => {
    const watched = [service, "nobody.Nothing"].map((name) => health().Watch({ service: name }));
    const seen = await Promise.all(watched.map((stream) => once(stream, "data")));
    expect(seen).toEqual([[{ status: "SERVING" }], [{ status: "SERVICE_UNKNOWN" }]]);
    const ended = watched.map((stream) => once(stream, "error"));
    await listening[Symbol.asyncDispose]();
    for (const [error] of await Promise.all(ended)) expect((error as ServiceError).code).toBe(14);
  });

  it("lets a watch be left", async () => {
    const stream = health().Watch({ service });
    await once(stream, "data");
    const left = once(stream, "error");
    stream.cancel();
    expect((await left)[0]).toMatchObject({ code: 1 });
    expect(await check(service)).toEqual({ status: "SERVING" });
  });

  describe("shown by reflection", () => {
    const ask = async (...requests: readonly object[]): Promise<ReflectionReply[]> => {
      const reflection = client<Reflection>(binding, reflectionProto, "grpc.reflection.v1.ServerReflection");
      const stream = reflection.ServerReflectionInfo();
      for (const request of requests) stream.write(request);
      stream.end();
      const replies: ReflectionReply[] = [];
      for await (const reply of stream as AsyncIterable<ReflectionReply>) replies.push(reply);
      return replies;
    };

    it("has its service and gRPC's own", async () => {
      const [reply] = await ask({ host: "me", listServices: "" });
      expect(reply?.listServicesResponse?.service.map(({ name }) => name)).toEqual([service, ...standard]);
      expect(reply).toMatchObject({ validHost: "me", originalRequest: { host: "me", listServices: "" } });
    });

    it("has a file, by name and by what is in it, with the files it imports", async () => {
      const method = `${service}.SendMessage`;
      const type = `${service.slice(0, service.lastIndexOf("."))}.SendMessageRequest`;
      const replies = await ask(
        { fileByFilename: protoFile },
        ...[service, method, type].map((symbol) => ({ fileContainingSymbol: symbol })),
      );
      const [byName, ...bySymbol] = replies.map(filesOf);
      expect(bySymbol).toEqual([byName, byName, byName]);
      expect(byName?.[0]).toMatchObject({ name: protoFile, syntax: "proto3" });
      expect(byName?.slice(1).map(({ name }) => name)).toEqual(byName?.[0]?.dependency ?? []);
    });

    it("has every service whole: what is put together from its files makes the same calls", async () => {
      for (const name of [service, ...standard]) {
        const [reply] = await ask({ fileContainingSymbol: name });
        const root = protobuf.Root.fromDescriptor({ file: filesOf(reply) });
        root.resolveAll();
        const methods = root.lookupService(name).methodsArray;
        expect(methods.length).toBeGreaterThan(0);
        for (const { resolvedRequestType, resolvedResponseType } of methods)
          expect([resolvedRequestType?.name, resolvedResponseType?.name]).not.toContain(undefined);
      }
    });

    it("has what it is not asked for in no file", async () => {
      const replies = await ask(
        { fileByFilename: "nobody.proto" },
        { fileContainingSymbol: "nobody.Nothing" },
        { allExtensionNumbersOfType: service },
        { fileContainingExtension: { containingType: service, extensionNumber: 1 } },
        {},
        { listServices: "" },
      );
      expect(replies.map(({ errorResponse }) => errorResponse?.errorCode)).toEqual([5, 5, 12, 12, 3, undefined]);
      expect(replies[0]?.errorResponse?.errorMessage).toBe("there is no file nobody.proto");
    });
  });
});

it("names the entries of maps as every other tool does", async () => {
  const { descriptorsOf, readProto } = await import("./grpc-descriptors.ts");
  const file = descriptorsOf([readProto(healthProto)]).get("grpc-health.proto");
  const { messageType = [] } = decoded(file?.bytes ?? new Uint8Array());
  const list = messageType.find(({ name }) => name === "HealthListResponse");
  expect(list?.field?.map(({ typeName }) => typeName)).toEqual(["StatusesEntry"]);
  expect(list?.nestedType?.map(({ name, options }) => [name, options?.mapEntry])).toEqual([["StatusesEntry", true]]);
});
