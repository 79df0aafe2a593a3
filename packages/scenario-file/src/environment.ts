import type { Path, YamlSource } from "./source.ts";
import { templateOf } from "./template.ts";

/** Variables by name, as a process has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What a file's environment variables are: the process's, or the file's defaults. Throws `usage` for one that is neither. */
export function environmentOf(source: YamlSource, variables: Variables): Readonly<Record<string, string>> {
  const { env } = source.value as { readonly env?: unknown };
  if (typeof env !== "object" || env === null || Array.isArray(env)) return {};
  const resolved = Object.entries(env).map(([name, usual]: [string, unknown]) => {
    const value = variables[name] ?? (usual === null ? undefined : String(usual));
    if (value !== undefined) return [name, value] as const;
    throw source.failure(["env", name], `expected the environment variable ${name} to be set; it has no default`);
  });
  return Object.fromEntries(resolved);
}

/** Parts of a file that are said before any user runs; in them `${env.NAME}` is worked out when the file is read. */
const before = [
  "target",
  "headers",
  "binding",
  "pid",
  "data",
  "scenarios",
  "vus",
  "iterations",
  "duration",
  "stages",
  "warmUp",
];

/** Parts in which a text stays one, whatever it looks like. */
const texts = ["headers", "data", "tags", "env"];

/** The file's value with its environment variables put in where loads, targets and files are said; a text that is a number becomes one. */
export function filledIn(source: YamlSource, env: Readonly<Record<string, string>>): unknown {
  const names = { env: Object.keys(env), data: {}, vars: [] };
  const scope = { env, vars: {}, data: {}, vu: 0, iteration: 0 };
  const filled = (value: unknown, path: Path): unknown => {
    if (typeof value === "string") {
      if (!value.includes("${")) return value;
      const made = templateOf(value, source, path, names).make(scope);
      return typeof made === "string" && !texts.some((part) => path.includes(part)) && /^\d+(\.\d+)?$/.test(made)
        ? Number(made)
        : made;
    }
    if (Array.isArray(value)) return value.map((one, n) => filled(one, [...path, n]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, [...path, key])]));
  };
  const whole = source.value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(whole).map(([key, value]) => [key, before.includes(key) ? filled(value, [key]) : value]),
  );
}
