import { Failure } from "@apb/core/failure";
import { loadSync, type MethodDefinition, type PackageDefinition } from "@grpc/proto-loader";

/** How one gRPC method is called: its path and its two encodings. */
export interface Method<Request, Reply> {
  readonly path: string;
  encode(request: Request): Uint8Array;
  /** Throws `protocol` when the bytes are no such message. */
  decode(reply: Uint8Array): Reply;
}

const files = new Map<string, PackageDefinition>();

/**
 * One method of a service in a .proto file, by proto-loader; each file is read once. Objects have camel-case fields, 64-bit
 * integers as strings, enums as names; the types are the caller's word. Throws `internal` for a method that the file does not have.
 */
export function method<Request extends object, Reply extends object>(
  protoFile: string,
  service: string,
  name: string,
): Method<Request, Reply> {
  const found = (loaded(protoFile)[service] as Record<string, MethodDefinition<object, object>> | undefined)?.[name];
  if (found === undefined) throw new Failure("internal", `${protoFile} has no ${service}/${name}`);
  return {
    path: found.path,
    encode: (request) => found.requestSerialize(request),
    decode: (reply) => {
      try {
        return found.responseDeserialize(Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength)) as Reply;
      } catch (cause) {
        const message = `expected a ${service}/${name} reply, got ${reply.length} bytes that are not one`;
        throw new Failure("protocol", message, { cause });
      }
    },
  };
}

function loaded(protoFile: string): PackageDefinition {
  const known = files.get(protoFile);
  if (known !== undefined) return known;
  const definition = loadSync(protoFile, { longs: String, enums: String, defaults: true, oneofs: true });
  files.set(protoFile, definition);
  return definition;
}
