import { grpcCode } from "@apb/protocols/grpc";
import protobuf from "protobufjs";
import type { DuplexMethod, GrpcCall, GrpcMethod } from "./grpc-call.ts";
import { prefixBytes } from "./grpc-framing.ts";
import { GrpcError } from "./grpc-status.ts";

/** How messages look to the methods of a service. */
export interface MessageShape {
  /** Called once with the loaded file, before any message. */
  prepare(root: protobuf.Root): void;
  /** Throws for bytes that are no message of the type. */
  read(type: protobuf.Type, reader: protobuf.Reader): object;
  write(type: protobuf.Type, object: object, writer: protobuf.Writer): void;
}

/** The shape that costs least: camel-case fields, enums as numbers, defaults on the prototype. */
export const plainObjects: MessageShape = {
  prepare: () => undefined,
  read: (type, reader) => type.decode(reader),
  write: (type, object, writer) => type.encode(object, writer),
};

/** Makes the methods of one service, as entries of a door's map. Nothing checks the type parameters against the .proto file. */
export interface ProtobufService {
  /** Throws when the file has no such method. */
  unary<Request extends object, Reply extends object>(
    name: string,
    answer: (request: Request, call: GrpcCall) => Reply | Promise<Reply>,
  ): [path: string, method: GrpcMethod];
  stream<Request extends object, Reply extends object>(
    name: string,
    answer: (request: Request, call: GrpcCall) => AsyncIterable<Reply>,
  ): [path: string, method: GrpcMethod];
  duplex<Request extends object, Reply extends object>(
    name: string,
    answer: (requests: AsyncIterable<Request>, call: GrpcCall) => AsyncIterable<Reply>,
  ): [path: string, method: DuplexMethod];
}

/** Loads a .proto file by protobufjs. */
export function protobufService(protoFile: string, service: string, shape: MessageShape): ProtobufService {
  const root = new protobuf.Root().loadSync(protoFile);
  root.resolveAll();
  shape.prepare(root);
  const { methods } = root.lookupService(service);
  const codec = <Request>(name: string): Codec<Request> => {
    const { resolvedRequestType: request, resolvedResponseType: reply } = methods[name] ?? {};
    if (!request || !reply) throw new Error(`${protoFile} has no ${service}/${name}`);
    return {
      path: `/${service}/${name}`,
      decode: (bytes) => decode(shape, request, bytes) as Request,
      frame: (object) => frame(shape, reply, object),
    };
  };
  return methodsBy(codec);
}

/** One method's path and its two encodings. */
interface Codec<Request> {
  readonly path: string;
  decode(bytes: Buffer): Request;
  frame(object: object): Buffer;
}

function methodsBy(codec: <Request>(name: string) => Codec<Request>): ProtobufService {
  return {
    unary(name, answer) {
      const { path, decode, frame } = codec<Parameters<typeof answer>[0]>(name);
      const answerBytes = (bytes: Buffer, call: GrpcCall): Buffer | Promise<Buffer> => {
        const answered = answer(decode(bytes), call);
        return answered instanceof Promise ? answered.then(frame) : frame(answered);
      };
      return [path, { kind: "unary", answer: answerBytes }];
    },
    stream(name, answer) {
      const { path, decode, frame } = codec<Parameters<typeof answer>[0]>(name);
      return [path, { kind: "stream", answer: (bytes, call) => mapped(() => answer(decode(bytes), call), frame) }];
    },
    duplex<Request extends object, Reply extends object>(
      name: string,
      answer: (requests: AsyncIterable<Request>, call: GrpcCall) => AsyncIterable<Reply>,
    ): [string, DuplexMethod] {
      const { path, decode, frame } = codec<Request>(name);
      const answerBytes = (messages: AsyncIterable<Buffer>, call: GrpcCall): AsyncIterable<Buffer> => {
        const requests = mapped(() => messages, decode);
        return mapped(() => answer(requests, call), frame);
      };
      return [path, { kind: "duplex", answer: answerBytes }];
    },
  };
}

/** Begins only when it is read, and what goes wrong at the beginning is thrown to the reader. */
async function* mapped<From, To>(begin: () => AsyncIterable<From>, change: (from: From) => To): AsyncIterable<To> {
  for await (const item of begin()) yield change(item);
}

/** Throws INTERNAL for bytes that are no such message, as gRPC servers do. */
function decode(shape: MessageShape, type: protobuf.Type, bytes: Buffer): object {
  const reader = protobuf.Reader.create(bytes);
  // protobufjs would keep each unknown field in an array of its own, 100 bytes for one of two; nothing reads them.
  reader.discardUnknown = true;
  try {
    return shape.read(type, reader);
  } catch {
    throw new GrpcError(grpcCode.internal, `expected a ${type.fullName.slice(1)}, got bytes that are not one`);
  }
}

/** The message behind its prefix, encoded into one buffer: five bytes are left for the prefix, so that nothing is copied. */
function frame(shape: MessageShape, type: protobuf.Type, object: object): Buffer {
  const writer = protobuf.Writer.create().uint32(0).fixed32(0);
  shape.write(type, object, writer);
  const framed = writer.finish(true) as Buffer;
  framed.writeUInt32BE(framed.length - prefixBytes, 1);
  return framed;
}
