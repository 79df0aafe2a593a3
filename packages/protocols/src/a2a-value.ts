/**
 * google.protobuf.Value, in which gRPC carries a data part, from JSON and back.
 * https://protobuf.dev/reference/protobuf/google.protobuf/#value
 */
export type ProtoValue =
  | { readonly nullValue: "NULL_VALUE" }
  | { readonly boolValue: boolean }
  | { readonly numberValue: number }
  | { readonly stringValue: string }
  | { readonly listValue: { readonly values: readonly ProtoValue[] } }
  | { readonly structValue: { readonly fields: Readonly<Record<string, ProtoValue>> } };

/** A JSON value as protobuf's. */
export function toProtoValue(value: unknown): ProtoValue {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return { numberValue: value };
  if (typeof value === "string") return { stringValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(toProtoValue) } };
  if (typeof value !== "object" || value === null) return { nullValue: "NULL_VALUE" };
  const fields = Object.entries(value).map(([name, member]) => [name, toProtoValue(member)] as const);
  return { structValue: { fields: Object.fromEntries(fields) } };
}

/** The JSON in a decoded Value, of which all members but one may be missing, null or the default. Null for what is none. */
export function fromProtoValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return null;
  const { boolValue, numberValue, stringValue, listValue, structValue, kind } = value as Record<string, unknown>;
  const has = (name: string, member: unknown): boolean =>
    kind === undefined ? member !== undefined && member !== null : kind === name;
  if (has("structValue", structValue)) {
    const fields = Object.entries((structValue as { fields?: object }).fields ?? {});
    return Object.fromEntries(fields.map(([name, member]) => [name, fromProtoValue(member)]));
  }
  if (has("listValue", listValue)) return ((listValue as { values?: unknown[] }).values ?? []).map(fromProtoValue);
  if (has("stringValue", stringValue)) return stringValue;
  if (has("numberValue", numberValue)) return numberValue;
  if (has("boolValue", boolValue)) return boolValue;
  return null;
}

type Fields = Readonly<Record<string, unknown>>;

/** A decoded answer of A2A's whose data parts are JSON from now on. Changes it in place: only parts that have data. */
export function plainData(answer: object): object {
  const { message, task, artifactUpdate, statusUpdate, artifacts, status } = answer as Fields;
  for (const holder of [message, (status as Fields | undefined)?.message]) plainParts(holder);
  if (Array.isArray(artifacts)) artifacts.forEach(plainParts);
  plainParts((artifactUpdate as Fields | null | undefined)?.artifact);
  for (const inner of [task, statusUpdate]) if (typeof inner === "object" && inner !== null) plainData(inner);
  return answer;
}

function plainParts(holder: unknown): void {
  const parts = (holder as Fields | null | undefined)?.parts;
  if (!Array.isArray(parts)) return;
  for (const part of parts) if (part.data !== undefined && part.data !== null) part.data = fromProtoValue(part.data);
}
