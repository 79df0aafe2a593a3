import { Failure } from "@apb/core/failure";
import {
  loadSync,
  type MessageTypeDefinition,
  type MethodDefinition,
  type PackageDefinition,
} from "@grpc/proto-loader";

/** How what is sent is encoded, and what comes decoded. */
export interface Codec<Sent, Received> {
  encode(message: Sent): Uint8Array;
  /** Throws `protocol` when the bytes are no such message. */
  decode(message: Uint8Array): Received;
}

/** How one gRPC method is called: its path and its two encodings. */
export interface Method<Request, Reply> extends Codec<Request, Reply> {
  readonly path: string;
}

const files = new Map<string, PackageDefinition>();

/**
 * One method of a service in a .proto file, by proto-loader; each file is read once. Objects have camel-case fields, 64-bit
 * integers as strings, enums as names; nothing checks the type parameters against the file. Throws `internal` for a method
 * that the file does not have.
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
    decode: decoder(`${service}/${name} reply`, found.responseDeserialize),
  };
}

/** One message type of a .proto file, for messages that travel as bytes of others; all else as {@link method}. */
export function messageType<Message extends object>(protoFile: string, name: string): Codec<Message, Message> {
  const found = loaded(protoFile)[name] as MessageTypeDefinition<object, object> | undefined;
  if (found === undefined) throw new Failure("internal", `${protoFile} has no ${name}`);
  return { encode: (message) => found.serialize(message), decode: decoder(name, found.deserialize) };
}

function decoder<Message>(what: string, deserialize: (bytes: Buffer) => object): (bytes: Uint8Array) => Message {
  return (bytes) => {
    try {
      return deserialize(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as Message;
    } catch (cause) {
      throw new Failure("protocol", `expected a ${what}, got ${bytes.length} bytes that are not one`, { cause });
    }
  };
}

function loaded(protoFile: string): PackageDefinition {
  const known = files.get(protoFile);
  if (known !== undefined) return known;
  const definition = loadSync(protoFile, { longs: String, enums: String, defaults: true, oneofs: true });
  files.set(protoFile, definition);
  return definition;
}
