import { compile, type Expression, type Names, type Scope } from "./expression.ts";
import type { Path, Source } from "./source.ts";

/** A value that may be made anew each time; `fixed` is its value where it is always the same. */
export interface Template {
  readonly fixed?: { readonly value: unknown };
  make(scope: Scope): unknown;
}

/** A text with `${expression}` in it, or a list or mapping with such texts. One that is nothing but `${…}` keeps its value's type; `$${` is `${`. */
export function templateOf(value: unknown, source: Source, path: Path, names: Names): Template {
  if (typeof value === "string") return ofText(value, source, path, names);
  if (Array.isArray(value)) {
    const items = value.map((item, n) => templateOf(item, source, [...path, n], names));
    return together(items, (made) => made);
  }
  if (typeof value !== "object" || value === null) return constant(value);
  const keys = Object.keys(value);
  const parts = Object.entries(value).map(([key, one]) => templateOf(one, source, [...path, key], names));
  return together(parts, (made) => Object.fromEntries(keys.map((key, n) => [key, made[n]])));
}

/** The same of a text, made as a text. */
export function textTemplateOf(
  text: string,
  source: Source,
  path: Path,
  names: Names,
): { readonly fixed: string | null; make(scope: Scope): string } {
  const { fixed, make } = ofText(text, source, path, names);
  return { fixed: fixed === undefined ? null : asText(fixed.value), make: (scope) => asText(make(scope)) };
}

/** A text as it is; everything else as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function ofText(text: string, source: Source, path: Path, names: Names): Template {
  const parts = partsOf(text, source, path).map((part): Expression | string =>
    typeof part === "string" ? part : compile(part.expression, source, path, names),
  );
  const [only, ...others] = parts;
  if (only === undefined) return constant("");
  if (others.length === 0) return typeof only === "string" ? constant(only) : { make: only };
  return { make: (scope) => parts.map((part) => (typeof part === "string" ? part : asText(part(scope)))).join("") };
}

function constant(value: unknown): Template {
  return { fixed: { value }, make: () => value };
}

function together(parts: readonly Template[], join: (made: readonly unknown[]) => unknown): Template {
  if (parts.every(({ fixed }) => fixed !== undefined)) return constant(join(parts.map(({ fixed }) => fixed?.value)));
  return { make: (scope) => join(parts.map((part) => part.make(scope))) };
}

/** Texts, joined where they meet, and expressions between them. */
function partsOf(text: string, source: Source, path: Path): readonly (string | { readonly expression: string })[] {
  const parts: (string | { expression: string })[] = [];
  const say = (said: string): void => {
    if (said === "") return;
    const last = parts.at(-1);
    if (typeof last === "string") parts[parts.length - 1] = last + said;
    else parts.push(said);
  };
  for (let at = 0; at < text.length; ) {
    const from = text.indexOf("${", at);
    if (from === -1) {
      say(text.slice(at));
      break;
    }
    if (text[from - 1] === "$" && from > at) {
      say(`${text.slice(at, from - 1)}\${`);
      at = from + 2;
      continue;
    }
    const end = endOf(text, from + 2);
    if (end === -1) throw source.failure(path, `expected a } behind the \${ of \`${text.slice(from)}\``);
    say(text.slice(at, from));
    parts.push({ expression: text.slice(from + 2, end).trim() });
    at = end + 1;
  }
  return parts;
}

/** Where the brace closes that was opened before; braces within quotes are none. */
function endOf(text: string, from: number): number {
  let depth = 0;
  let quote: string | null = null;
  for (let at = from; at < text.length; at++) {
    const sign = text[at] as string;
    if (quote !== null) {
      if (sign === "\\") at++;
      else if (sign === quote) quote = null;
    } else if (sign === '"' || sign === "'") quote = sign;
    else if (sign === "{") depth++;
    else if (sign === "}" && depth-- === 0) return at;
  }
  return -1;
}
