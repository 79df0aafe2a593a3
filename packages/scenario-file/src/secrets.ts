import { asFailure, Failure } from "@apb/core/failure";
import { unknownWord } from "@apb/core/nearest";
import { masking } from "@apb/core/url";
import type { Names, Scope } from "./expression.ts";
import type { Source } from "./source.ts";
import { asText } from "./template.ts";

/** What is shorter may be a common word, which would be taken out of all that is said. */
const leastLength = 8;

/** Takes what is secret out of what failures say, which may be the server's own words. */
export interface Discretion {
  /** Rejects as the work does, without the secrets. */
  quiet<T>(work: Promise<T>, scope: Scope): Promise<T>;
  /** The same of what is iterated. */
  quietly<T>(items: AsyncIterable<T>, scope: Scope): AsyncIterable<T>;
}

/** Of a file without secrets. */
const none: Discretion = { quiet: (work) => work, quietly: (items) => items };

/**
 * The discretion that a file's `secrets` ask for: names of its environment variables and of what it saves. Throws `usage`, with
 * the place, for a name that is neither.
 */
export function discretionOf(secrets: readonly string[], names: Names, source: Source): Discretion {
  const known = [...names.env, ...names.vars];
  for (const [n, name] of secrets.entries())
    if (!known.includes(name))
      throw source.failure(["secrets", n], unknownWord("environment variable or saved value", name, known));
  if (secrets.length === 0) return none;
  const said = (error: unknown, { env, vars }: Scope): Failure => {
    const values = secrets.flatMap((name) => [env[name], vars[name]]).filter((value) => value !== undefined);
    const words = values.map(asText).filter(({ length }) => length >= leastLength);
    const { kind, sentence } = asFailure(error);
    return new Failure(kind, masking([], words)(sentence), { cause: error });
  };
  return {
    quiet: (work, scope) =>
      work.catch((error: unknown) => {
        throw said(error, scope);
      }),
    async *quietly(items, scope) {
      try {
        yield* items;
      } catch (error) {
        throw said(error, scope);
      }
    },
  };
}
