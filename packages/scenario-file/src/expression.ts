import { Failure } from "@apb/core/failure";
import { unknownWord } from "@apb/core/nearest";
import { celOf, reasonOf } from "./cel.ts";
import type { Path, Source } from "./source.ts";

/** What expressions can name. */
export interface Scope {
  /** Environment variables that the file declares. */
  readonly env: Readonly<Record<string, string>>;
  /** What the virtual user has saved. */
  readonly vars: Readonly<Record<string, unknown>>;
  /** The row of each data set that is this iteration's. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The number of the virtual user, and of the iteration, from 0. */
  readonly vu: number;
  readonly iteration: number;
  /** Of the step that has just ended; absent before any. */
  readonly reply?: unknown;
  readonly durationMs?: number;
}

/** A compiled expression. Throws `mismatch`, with where it is written, when it cannot be worked out. */
export type Expression = (scope: Scope) => unknown;

/** The names that a file declares, which its expressions may use behind `env.`, `data.` and `vars.`. */
export interface Names {
  readonly env: readonly string[];
  readonly vars: readonly string[];
  /** Of each data set the names that its rows have; null where they are no mappings. */
  readonly data: Readonly<Record<string, readonly string[] | null>>;
}

const variables = ["env", "vars", "data", "reply", "vu", "iteration", "durationMs"];
const kinds = { env: "environment variable", data: "data set", vars: "saved value" } as const;

const cel = celOf(variables);

/** Compiles a CEL expression of a file. Throws `usage` with its place for one that is wrong or names what there is not. */
export function compile(text: string, source: Source, path: Path, names: Names): Expression {
  requireNames(text, source, path, names);
  const run = parsed(text, source, path);
  const place = source.place(path);
  return (scope) => {
    try {
      return plain(run(scope));
    } catch (error) {
      throw new Failure("mismatch", `${place}: \`${text}\` cannot be worked out: ${reasonOf(error)}`, { cause: error });
    }
  };
}

function parsed(text: string, source: Source, path: Path): (scope: Scope) => unknown {
  try {
    const run = cel.parse(text);
    const checked = run.check();
    if (!checked.valid) throw checked.error;
    return (scope) => run(scope as unknown as Record<string, unknown>);
  } catch (error) {
    const unknown = /^Unknown variable: (\w+)/.exec(reasonOf(error))?.[1];
    const what = unknown === undefined ? reasonOf(error) : unknownWord("variable", unknown, variables);
    throw source.failure(path, `expected a CEL expression, got \`${text}\`: ${what}`, { cause: error });
  }
}

function requireNames(text: string, source: Source, path: Path, names: Names): void {
  for (const [, of, name] of text.matchAll(/(?<![\w.])(env|data|vars)\.\??([A-Za-z_]\w*)/g)) {
    if (of === undefined || name === undefined) continue;
    const kind = of as keyof Names;
    const known = kind === "data" ? Object.keys(names.data) : names[kind];
    if (!known.includes(name)) throw source.failure(path, unknownWord(kinds[kind], name, known));
  }
  // What an expression asks for whether it is there need not be.
  if (/\bhas\s*\(/.test(text)) return;
  for (const [, set = "", name = "", quoted = ""] of text.matchAll(columns)) {
    const known = names.data[set] ?? null;
    const wanted = name === "" ? quoted : name;
    if (known !== null && !known.includes(wanted))
      throw source.failure(path, unknownWord(`column of data.${set}`, wanted, known));
  }
}

/** `data.set.column` and `data.set["column"]`; what is called is no column. */
const columns = /(?<![\w.])data\.(\w+)(?:\.([A-Za-z_]\w*)(?!\w|\s*\()|\[\s*["']([^"']*)["']\s*\])/g;

/** CEL's values as JSON has them. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [String(key), plain(one)]));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}
