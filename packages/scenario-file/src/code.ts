import type { Need } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import type { Io, Point, Task, Verify, VU, Workload } from "@apb/core/scenario";
import { z } from "zod";
import { assembled, type Written } from "./assemble.ts";
import { type RawScenario, scenarioSchema } from "./scenario-schema.ts";
import { count, name, text } from "./schema-words.ts";
import type { Path, Source } from "./source.ts";
import { type RawUser, thinkOf, type User } from "./users.ts";
import { validated } from "./validate.ts";

/** What one iteration does, as code; resolves with what verifies its replies when the clocks have stopped, or with nothing. */
export interface CodeTask {
  readonly name: string;
  readonly weight?: number;
  readonly run: ((vu: VU, io: Io) => Promise<Verify>) | ((vu: VU, io: Io) => Promise<void>);
}

/** A kind of user, as code. */
export interface CodeUser {
  onStart?(vu: VU, io: Io): Promise<void>;
  readonly wait?: NonNullable<RawUser["wait"]>;
  readonly connections?: number;
  /** The most sessions that `io.open` has open at a time, of all its VUs together; none where it is left out. */
  readonly opens?: number;
  readonly tasks: readonly CodeTask[];
}

/** A scenario file in TypeScript: the words of the YAML files, with functions where those have steps. */
export type CodeScenario = Pick<RawScenario, (typeof words)[number]> &
  Pick<Point, "setup" | "teardown"> &
  Partial<CodeUser> & {
    readonly users?: Readonly<Record<string, CodeUser>>;
    /** What its steps ask of a binding; `send` and other agents than echo where it is left out. */
    readonly needs?: readonly Need[];
    /** The names of its steps, for thresholds to name. */
    readonly steps?: readonly string[];
  };

const words = [
  ...(["name", "shows", "binding", "target", "headers", "pid", "metrics", "warmUp", "scenarios"] as const),
  ...(["vus", "iterations", "duration", "stages", "thresholds"] as const),
] as const;

const functions = z.custom<never>((value) => typeof value === "function", { error: "expected a function" });
const user = {
  onStart: functions.exactOptional(),
  wait: scenarioSchema.shape.wait,
  connections: count.exactOptional(),
  opens: count.exactOptional(),
};
const tasks = z
  .array(z.strictObject({ name: text, weight: count.exactOptional(), run: functions }), {
    error: "expected a list of tasks, like [{ name: 'ask', run: async (vu, io) => {} }]",
  })
  .min(1, "expected a task or more");
const schema = scenarioSchema
  .pick(Object.fromEntries(words.map((word) => [word, true])) as Record<(typeof words)[number], true>)
  .extend({
    ...{ setup: functions.exactOptional(), teardown: functions.exactOptional() },
    ...user,
    tasks: tasks.exactOptional(),
    users: z.record(name, z.strictObject({ ...user, tasks })).exactOptional(),
    needs: z.array(text).exactOptional(),
    steps: z.array(text).exactOptional(),
  });

/** What a module's default export says. Throws `usage`, with the path of keys, for what is wrong in it. */
export function scenarioOfCode(exported: unknown, path: string): Written {
  const source = codeSource(path);
  if (typeof exported !== "object" || exported === null)
    throw source.failure([], "expected `export default scenario({ … })`, with `scenario` from agent-protocol-bench");
  validated(schema, exported, source);
  const raw = exported as CodeScenario;
  const own: CodeUser | null = raw.tasks === undefined ? null : { ...raw, tasks: raw.tasks };
  const users = Object.entries(raw.users ?? (own === null ? {} : { default: own }));
  if (users.length === 0) throw source.failure([], "expected `tasks` or `users`: who does what");
  const { setup, teardown, needs = ["send", "other agents"], steps = [] } = raw;
  return assembled(
    {
      raw,
      users: new Map(users.map(([name, one]) => [name, userOfCode(one)])),
      ...{ loads: [], rows: [], around: { env: {}, rows: () => ({}) }, steps, needs: new Set(needs) },
      once: { ...(setup && { setup }), ...(teardown && { teardown }) },
    },
    source,
    path,
  );
}

function userOfCode({ onStart, wait, connections = 1, opens, tasks }: CodeUser): User {
  const all = tasks.map(
    ({ name, weight = 1, run }): Task => ({
      ...{ name, weight },
      run: async (vu, io) => {
        const verify = await own(name, async () => (await run(vu, io)) ?? nothing);
        return () => owned(name, verify);
      },
    }),
  );
  const around: Pick<Workload, "think" | "onStart" | "opens"> = {
    ...(onStart && { onStart: (vu, io) => own("onStart", () => onStart(vu, io)) }),
    ...(wait && { think: thinkOf(wait) }),
    ...(opens === undefined ? {} : { opens }),
  };
  return { sessionsPerVU: connections, of: () => ({ ...around, tasks: all }) };
}

/** What the user's code throws is a defect of it, not of ours. */
async function own<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw ofUser(what, error);
  }
}

function owned(what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw ofUser(what, error);
  }
}

function ofUser(what: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure("usage", `the code of ${what} threw: ${String(error)}`, { cause: error });
}

const nothing: Verify = () => undefined;

/** Code has no lines any more: what is wrong is named by its keys. */
function codeSource(file: string): Source {
  const place = (path: Path): string => [file, ...(path.length === 0 ? [] : [path.map(String).join(".")])].join(": ");
  return {
    place,
    failure: (path, sentence, options) =>
      new Failure("usage", `${place(path)}: ${sentence}`, { cause: options?.cause }),
  };
}
