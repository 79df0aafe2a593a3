import { a2aErrors } from "@apb/protocols/a2a";
import { A2aError } from "./error.ts";

/** The fields of a message in JSON, by their lowerCamelCase names. */
export type Fields = Readonly<Record<string, unknown>>;

/** A field's name as a .proto file has it, where that is not its JSON name too. */
const protoName = /^[a-z][a-z\d]*(_[a-z\d]+)+$/;

/**
 * A message's own fields, whichever of their two names they have: a parser of ProtoJSON takes that of the .proto file as well
 * (https://protobuf.dev/programming-guides/json/), and fails where both are given (protobuf's conformance suite,
 * FieldNameDuplicateDifferentCasing). Throws InvalidParams for that; `at` says where.
 */
export function fieldsOf(at: string, object: Fields): Fields {
  for (const name in object) if (name.includes("_")) return renamed(at, object);
  return object;
}

function renamed(at: string, object: Fields): Fields {
  const entries = Object.entries(object).map(([name, value]): [string, unknown] => {
    if (!protoName.test(name)) return [name, value];
    const jsonName = name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    if (!Object.hasOwn(object, jsonName)) return [jsonName, value];
    throw new A2aError(a2aErrors.invalidParams, `${at}: expected ${jsonName} or ${name}, got both`.slice(0, 300));
  });
  return Object.fromEntries(entries);
}
