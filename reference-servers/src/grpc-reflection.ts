import { grpcCode } from "@apb/protocols/grpc";
import { reflectionProto } from "@apb/protos/files";
import type { DuplexMethod } from "./grpc-call.ts";
import { type DescriptorFile, descriptorsOf, readProto } from "./grpc-descriptors.ts";
import { plainObjects, protobufService } from "./grpc-protobuf.ts";

/** ServerReflectionRequest; `messageRequest` names the one field that is set. */
interface ReflectionRequest {
  readonly host: string;
  readonly messageRequest?: string;
  readonly fileByFilename: string;
  readonly fileContainingSymbol: string;
}

/** The method, the same in both versions, for services by name and .proto files by path; reflection's own file is added. */
export function reflectionMethod(services: readonly string[], protoFiles: readonly string[]): DuplexMethod {
  const reflection = readProto(reflectionProto);
  const older = {
    name: "grpc-reflection-v1alpha.proto",
    text: reflection.text.replaceAll("grpc.reflection.v1", "grpc.reflection.v1alpha"),
  };
  const files = descriptorsOf([...protoFiles.map(readProto), reflection, older]);
  const bySymbol = new Map([...files.values()].flatMap((file) => file.symbols.map((symbol) => [symbol, file])));

  function answer(request: ReflectionRequest): object {
    const { messageRequest, fileByFilename, fileContainingSymbol } = request;
    if (messageRequest === "listServices")
      return { listServicesResponse: { service: services.map((name) => ({ name })) } };
    if (messageRequest === "fileByFilename") return shown(files.get(fileByFilename), `file ${fileByFilename}`);
    if (messageRequest === "fileContainingSymbol")
      return shown(bySymbol.get(fileContainingSymbol), `symbol ${fileContainingSymbol}`);
    if (messageRequest === undefined) return failure(grpcCode.invalidArgument, "expected a request, got none");
    return failure(grpcCode.unimplemented, "these files are proto3, which has no extensions");
  }

  function shown(file: DescriptorFile | undefined, what: string): object {
    if (file === undefined) return failure(grpcCode.notFound, `there is no ${what.slice(0, 100)}`);
    const imported = file.imports.flatMap((name) => files.get(name) ?? []);
    return { fileDescriptorResponse: { fileDescriptorProto: [file, ...imported].map(({ bytes }) => bytes) } };
  }

  async function* answers(requests: AsyncIterable<ReflectionRequest>): AsyncIterable<object> {
    for await (const request of requests)
      yield { validHost: request.host, originalRequest: request, ...answer(request) };
  }

  const service = protobufService(reflectionProto, "grpc.reflection.v1.ServerReflection", plainObjects);
  const [, method] = service.duplex("ServerReflectionInfo", answers);
  return method;
}

function failure(errorCode: number, errorMessage: string): object {
  return { errorResponse: { errorCode, errorMessage } };
}
