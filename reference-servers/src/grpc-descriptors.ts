import { readFileSync } from "node:fs";
import { basename } from "node:path";
import protobuf from "protobufjs";
import descriptor, { type IDescriptorProto } from "protobufjs/ext/descriptor.js";

/** A .proto file: its name as an import would have it, and its text. */
export interface ProtoText {
  readonly name: string;
  readonly text: string;
}

/** A .proto file as reflection shows it. */
export interface DescriptorFile {
  /** An encoded google.protobuf.FileDescriptorProto. */
  readonly bytes: Uint8Array;
  readonly imports: readonly string[];
  /** The full names of its services, methods, messages, fields and enums. */
  readonly symbols: readonly string[];
}

/** Reads a .proto file; its folder is where imports begin. */
export function readProto(path: string): ProtoText {
  return { name: basename(path), text: readFileSync(path, "utf8") };
}

/** The descriptors of some files and of what they import, by name. Throws for an import of anything but google/protobuf. */
export function descriptorsOf(files: readonly ProtoText[]): ReadonlyMap<string, DescriptorFile> {
  const descriptors = new Map<string, DescriptorFile>();
  for (const { name, text } of files) {
    const root = new protobuf.Root();
    const { package: own, imports = [] } = protobuf.parse(text, root, { keepCase: true });
    for (const imported of imports) {
      const { nested } = bundled(imported);
      root.addJSON(nested);
      if (!descriptors.has(imported))
        descriptors.set(imported, describe(protobuf.Root.fromJSON({ nested }), "google.protobuf", imported, []));
    }
    descriptors.set(name, describe(root, own ?? "", name, imports));
  }
  return descriptors;
}

/** What protobufjs brings along of google/protobuf. */
function bundled(name: string): { nested: Record<string, protobuf.AnyNestedObject> } {
  const found = protobuf.common.get(name)?.nested;
  if (found === undefined) throw new Error(`expected an import of google/protobuf, got ${name}`);
  return { nested: found };
}

/** The file of one package: protobufjs makes one file of all that is in a package, without the name and imports it had. */
function describe(root: protobuf.Root, own: string, name: string, imports: readonly string[]): DescriptorFile {
  root.resolveAll();
  const { file: made = [] } = root.toDescriptor("proto3");
  const file = made.find((one) => one.package === own);
  const content = root.lookup(own);
  if (file === undefined || !(content instanceof protobuf.Namespace)) throw new Error(`${name} has no package`);
  const messageType = (file.messageType ?? []).map(withEntryNames);
  return {
    bytes: descriptor.FileDescriptorProto.encode({ ...file, name, dependency: [...imports], messageType }).finish(),
    imports,
    symbols: content.nestedArray.flatMap(namesIn),
  };
}

/**
 * The message with the types of its map fields' entries renamed. A field `map<string, string> own_words` is a repeated
 * message of a nested type, which descriptor.proto (map_entry) wants to be called OwnWordsEntry; protobufjs calls it Own_words.
 */
function withEntryNames(message: IDescriptorProto): IDescriptorProto {
  const { field = [], nestedType = [] } = message;
  const entries = nestedType.filter(({ options }) => options?.mapEntry).map(({ name }) => name);
  const renamed = (name = ""): string =>
    entries.includes(name) ? `${name.replace(/_([a-z])/g, (_, first: string) => first.toUpperCase())}Entry` : name;
  return {
    ...message,
    field: field.map((one) => (entries.includes(one.typeName) ? { ...one, typeName: renamed(one.typeName) } : one)),
    nestedType: nestedType.map((one) => ({ ...withEntryNames(one), name: renamed(one.name) })),
  };
}

function namesIn(object: protobuf.ReflectionObject): string[] {
  const members = [
    ...(object instanceof protobuf.Namespace ? object.nestedArray : []),
    ...(object instanceof protobuf.Type ? object.fieldsArray : []),
    ...(object instanceof protobuf.Service ? object.methodsArray : []),
  ];
  return [object.fullName.slice(1), ...members.flatMap(namesIn)];
}
