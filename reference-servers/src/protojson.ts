import protobuf from "protobufjs";
import type { MessageShape } from "./grpc-protobuf.ts";

const text = { enums: String, bytes: String, longs: Number };
const timestampName = ".google.protobuf.Timestamp";

/**
 * ProtoJSON objects (https://protobuf.dev/programming-guides/json/), by compiled code: enums by name, bytes in base64,
 * timestamps in ISO 8601, nothing where the value is the default. Struct and Value stay messages.
 */
export const jsonObjects: MessageShape = {
  prepare: (root) => {
    // The compiled code of the types that hold a timestamp looks this up at every message.
    Object.assign(root.lookupType(timestampName).setup(), { toObject: readTimestamp });
  },
  read: (type, reader) => type.toObject(type.decode(reader), text),
  write: (type, object, writer) => type.encode(type.fromObject(writeTimestamps(type, object)), writer),
};

interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

/** Throws for a time that ISO 8601 cannot write. */
function readTimestamp({ seconds, nanos }: Timestamp): string {
  return new Date(Number(seconds) * 1000 + Math.floor(nanos / 1e6)).toISOString();
}

function writeTimestamp(iso: string): Timestamp {
  const ms = Date.parse(iso);
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: (ms - seconds * 1000) * 1e6 };
}

/** The object with every timestamp in it as a message; protobufjs reads no text there. */
function writeTimestamps(type: protobuf.Type, object: object): object {
  const fields = timedFields(type);
  if (fields.length === 0) return object;
  const written: Record<string, unknown> = { ...object };
  for (const { name, type: holder } of fields) {
    const value = written[name];
    if (Array.isArray(value)) written[name] = value.map((item) => writeTimestamps(holder, item));
    else if (typeof value === "string") written[name] = writeTimestamp(value);
    else if (typeof value === "object" && value !== null) written[name] = writeTimestamps(holder, value);
  }
  return written;
}

interface TimedField {
  readonly name: string;
  readonly type: protobuf.Type;
}

const known = new WeakMap<protobuf.Type, readonly TimedField[]>();

/** The fields that are or hold a timestamp. */
function timedFields(type: protobuf.Type): readonly TimedField[] {
  let fields = known.get(type);
  if (fields === undefined) {
    fields = messageFields(type).filter((field) => holdsTimestamp(field.type, new Set()));
    known.set(type, fields);
  }
  return fields;
}

function holdsTimestamp(type: protobuf.Type, seen: Set<protobuf.Type>): boolean {
  if (type.fullName === timestampName) return true;
  if (seen.has(type)) return false;
  seen.add(type);
  return messageFields(type).some((field) => holdsTimestamp(field.type, seen));
}

function messageFields(type: protobuf.Type): readonly TimedField[] {
  return type.fieldsArray.flatMap(({ name, resolvedType }) =>
    resolvedType instanceof protobuf.Type ? [{ name, type: resolvedType }] : [],
  );
}
