import { Failure } from "@apb/core/failure";
import { unknownWord } from "@apb/core/nearest";
import type { Io } from "@apb/core/scenario";
import { compile, type Scope } from "./expression.ts";
import type { Compiling, Running } from "./running.ts";
import type { Path } from "./source.ts";
import type { RawStep } from "./step-schema.ts";

/** What is made of a step's reply. */
export type Afterwards = (running: Running, scope: Scope) => void;

/** Nothing. */
export const nothingAfter: Afterwards = () => undefined;

/** Saves at once what later steps may need; everything else waits until the clocks have stopped. */
export function afterwardsOf(raw: RawStep, path: Path, about: Compiling): Afterwards {
  const saves = savesOf(raw, path, about);
  const counts = [...checksOf(raw, path, about), ...recordsOf(raw, path, about)];
  const requires = requiresOf(raw, path, about);
  if (saves === null && counts.length === 0 && requires.length === 0) return nothingAfter;
  return (running, seen) => {
    const scope = { ...seen, reply: readable(seen.reply) };
    saves?.(scope, running.vu.vars);
    if (counts.length === 0 && requires.length === 0) return;
    // What was saved until now, not what later steps save.
    const then = { ...scope, vars: { ...scope.vars } };
    running.later.push({
      count: (io) => {
        for (const count of counts) count(then, io);
      },
      require: () => {
        for (const require of requires) require(then);
      },
    });
  };
}

/** JSON, where a text is an object or a list of it. */
export function readable(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply.map(readable);
  if (typeof reply === "object" && reply !== null && "body" in reply) return { ...reply, body: readable(reply.body) };
  if (typeof reply !== "string" || !/^\s*[[{]/.test(reply)) return reply;
  try {
    return JSON.parse(reply);
  } catch {
    return reply;
  }
}

type Saves = (scope: Scope, vars: Record<string, unknown>) => void;

function savesOf({ save = {} }: RawStep, path: Path, { source, names }: Compiling): Saves | null {
  const each = Object.entries(save).map(([name, text]) => ({
    name,
    expression: compile(text, source, [...path, "save", name], names),
  }));
  if (each.length === 0) return null;
  return (scope, vars) => {
    const values = each.map(({ expression }) => expression(scope));
    for (const [n, { name }] of each.entries()) vars[name] = values[n];
  };
}

type Count = (scope: Scope, io: Io) => void;

function checksOf({ check = {} }: RawStep, path: Path, { source, names }: Compiling): readonly Count[] {
  return Object.entries(check).map(([name, text]): Count => {
    const expression = compile(text, source, [...path, "check", name], names);
    const place = source.place([...path, "check", name]);
    return (scope, io) => {
      const { ok, why } = judged(() => expression(scope), place);
      io.check(name, ok, why);
    };
  });
}

/** What cannot be worked out, since the reply is of another shape, does not hold, and neither does what is no yes or no. */
function judged(work: () => unknown, place: string): { readonly ok: boolean; readonly why?: string } {
  try {
    const value = work();
    return typeof value === "boolean"
      ? { ok: value }
      : { ok: false, why: `${place}: expected true or false, got ${kindOf(value)}` };
  } catch (error) {
    if (error instanceof Failure) return { ok: false, why: error.sentence };
    throw error;
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "a mapping" : `a ${typeof value}`;
}

function recordsOf({ record = {} }: RawStep, path: Path, { source, names, metrics }: Compiling): readonly Count[] {
  return Object.entries(record).map(([name, text]): Count => {
    const at = [...path, "record", name];
    const metric = metrics.find((one) => one.name === name);
    if (metric === undefined) {
      const known = metrics.map((one) => one.name);
      throw source.failure(at, `${unknownWord("metric", name, known)}; metrics are declared in \`metrics:\``, {
        key: true,
      });
    }
    const expression = compile(text, source, at, names);
    return (scope, io) => {
      const value = expression(scope);
      const number = typeof value === "boolean" ? Number(value) : value;
      if (typeof number !== "number" || Number.isNaN(number))
        throw new Failure("mismatch", `${source.place(at)}: expected a number for ${name}, got ${typeof value}`);
      io.add(metric, number);
    };
  });
}

function requiresOf(raw: RawStep, path: Path, { source, names }: Compiling): readonly ((scope: Scope) => void)[] {
  const texts = typeof raw.expect === "string" ? [raw.expect] : (raw.expect ?? []);
  return texts.map((text, n) => {
    const at = typeof raw.expect === "string" ? [...path, "expect"] : [...path, "expect", n];
    const expression = compile(text, source, at, names);
    const place = source.place(at);
    return (scope: Scope): void => {
      if (expression(scope) !== true) throw new Failure("mismatch", `${place}: expected ${text}, which does not hold`);
    };
  });
}
