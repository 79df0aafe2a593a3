import type { Failure } from "@apb/core/failure";
import { unknownWord } from "@apb/core/nearest";
import type { z } from "zod";
import type { Path, Source } from "./source.ts";

/** A value that a schema holds for, or the first thing that is wrong as a Failure with its place and the nearest right word. */
export function validated<T extends z.ZodType>(schema: T, value: unknown, source: Source): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw failureOf(first(result.error.issues), schema, value, source);
}

type Issue = z.core.$ZodIssue;

/** The one that is nearest to the top of the file's tree. */
function first(issues: readonly Issue[]): Issue {
  return issues.reduce((a, b) => (b.path.length < a.path.length ? b : a));
}

function failureOf(issue: Issue, schema: z.ZodType, value: unknown, source: Source): Failure {
  const path = issue.path;
  if (issue.code === "invalid_union") return ofUnion(issue, schema, value, source);
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const known = keysOf(nearestOf(schemasAt([schema], path), valueAt(value, path)));
    return source.failure([...path, key], unknownWord("key", key, known), { key: true });
  }
  const got = valueAt(value, path);
  const last = path.at(-1);
  if (got === undefined && last !== undefined)
    return source.failure(path.slice(0, -1), `expected \`${String(last)}\`, which is missing (${meant(issue)})`);
  // A key that is no name is one of its mapping's, not a value.
  if (issue.code === "invalid_key")
    return source.failure(path, `${meant(issue.issues[0] ?? issue)}, got ${shown(last)}`, { key: true });
  return source.failure(path, `${meant(issue)}${but(path, got)}`);
}

/** Of several that are possible the one that comes nearest. */
function ofUnion(
  issue: Extract<Issue, { code: "invalid_union" }>,
  schema: z.ZodType,
  value: unknown,
  source: Source,
): Failure {
  const { path } = issue;
  const got = valueAt(value, path);
  if ("discriminator" in issue && typeof issue.discriminator === "string")
    return ofKind(issue.discriminator, issue, schema, value, source);
  const branches = issue.errors.map((issues) => ({ issues, misfit: misfitOf(issues) }));
  const best = branches.reduce((a, b) => (b.misfit < a.misfit ? b : a), {
    issues: [] as Issue[],
    misfit: Number.POSITIVE_INFINITY,
  });
  if (best.misfit >= wholly || best.issues.length === 0)
    return source.failure(path, `${meant(issue)}${but(path, got)}`);
  // Several that lack as much: what is there fits none of them.
  const lacking = branches.filter(({ misfit }) => misfit === best.misfit);
  const stray = lacking.length > 1 ? best.issues.find((one) => one.code === "unrecognized_keys") : undefined;
  if (stray?.code === "unrecognized_keys") {
    const known = keysOf(schemasAt([schema], path));
    const [key = ""] = stray.keys.filter((one) => !known.includes(one)).concat(stray.keys);
    const unknown = !known.includes(key);
    const sentence = unknown ? unknownWord("key", key, known) : `${meant(issue)}${but(path, got)}`;
    return source.failure([...path, ...(unknown ? [key] : [])], sentence, { key: unknown });
  }
  const inner = first(best.issues);
  return failureOf({ ...inner, path: [...path, ...inner.path] } as Issue, schema, value, source);
}

function ofKind(key: string, issue: Issue, schema: z.ZodType, value: unknown, source: Source): Failure {
  const at = [...issue.path.filter((part, n) => n < issue.path.length - 1 || part !== key)];
  const got = valueAt(value, at);
  const kinds = schemasAt([schema], at).flatMap((one) => literalsOf(one, key));
  if (typeof got !== "object" || got === null) return source.failure(at, `${meant(issue)}${but(at, got)}`);
  const word = (got as Record<string, unknown>)[key];
  if (word === undefined)
    return source.failure(at, `expected \`${key}\`, which is missing: one of ${kinds.join(", ")}`);
  return source.failure([...at, key], unknownWord(key, String(word), kinds));
}

/** Another type altogether. */
const wholly = 1000;

/** How far a value is from being one of a union: what lacks and what is too much. */
function misfitOf(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => {
    if (issue.path.length === 0 && issue.code === "invalid_type") return sum + wholly;
    if (issue.code === "unrecognized_keys") return sum + 2 * issue.keys.length;
    return sum + (issue.code === "invalid_type" && issue.path.length === 1 && issue.input === undefined ? 3 : 1);
  }, 0);
}

function meant({ message }: Pick<Issue, "message">): string {
  return message.startsWith("expected") ? message : message.charAt(0).toLowerCase() + message.slice(1);
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[part],
    value,
  );
}

/** The parts of a schema that we look into, as zod keeps them. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly options?: readonly z.ZodType[];
  readonly items?: readonly z.ZodType[];
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly getter?: () => z.ZodType;
  readonly values?: readonly unknown[];
}

function definitionOf(schema: z.ZodType): Definition {
  return schema._zod.def as unknown as Definition;
}

/** All that a schema may be at a path, unions spread out. */
function schemasAt(schemas: readonly z.ZodType[], path: Path): readonly z.ZodType[] {
  const spread = schemas.flatMap(spreadOf);
  const [part, ...rest] = path;
  if (part === undefined) return spread;
  const inner = spread.flatMap((schema) => {
    const { shape, element, valueType, items } = definitionOf(schema);
    return [shape?.[String(part)] ?? valueType ?? element ?? items?.[Number(part)] ?? []].flat();
  });
  return schemasAt(inner, rest);
}

function spreadOf(schema: z.ZodType): readonly z.ZodType[] {
  const { options, innerType, getter } = definitionOf(schema);
  if (options !== undefined) return options.flatMap(spreadOf);
  if (innerType !== undefined) return spreadOf(innerType);
  return getter === undefined ? [schema] : spreadOf(getter());
}

function keysOf(schemas: readonly z.ZodType[]): readonly string[] {
  return [...new Set(schemas.flatMap((schema) => Object.keys(definitionOf(schema).shape ?? {})))];
}

/** Of several that are possible, those that say of fewest of a value's keys that there are none, and of none of its words that it is another. */
function nearestOf(schemas: readonly z.ZodType[], value: unknown): readonly z.ZodType[] {
  const given = Object.entries(value ?? {});
  const possible = schemas.filter((schema) =>
    given.every(([key, word]) => {
      const literals = literalsOf(schema, key);
      return literals.length === 0 || literals.includes(String(word));
    }),
  );
  const strayOf = (schema: z.ZodType): number => {
    const known = keysOf([schema]);
    return given.filter(([key]) => !known.includes(key)).length;
  };
  const fewest = Math.min(...possible.map(strayOf));
  return possible.filter((schema) => strayOf(schema) === fewest);
}

function literalsOf(schema: z.ZodType, key: string): readonly string[] {
  const literal = definitionOf(schema).shape?.[key];
  return literal === undefined ? [] : (definitionOf(literal).values ?? []).map(String);
}

/** Parts of a file where secrets stand. */
const secretParts: readonly PropertyKey[] = ["headers", "target", "env"];

/** `, got …`, but nothing of what may be secret. */
function but(path: readonly PropertyKey[], value: unknown): string {
  return path[0] !== undefined && secretParts.includes(path[0]) ? "" : `, got ${shown(value)}`;
}

/** What came, as JSON, cut where it is long. */
function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
