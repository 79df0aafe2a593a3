import { parseDuration } from "@apb/core/duration";
import { z } from "zod";
import { count, countOrNone, duration, expression, name, size, text, variable } from "./schema-words.ts";

/** What a step is: each has one of these keys, which says what it does. */
export const actions = ["call", "stream", "start", "poll", "cancel", "discover", "think", "parallel", "group"] as const;

/** How long to think. */
export const between = z
  .tuple([duration, duration], { error: "expected two durations, like [1s, 3s]" })
  .refine(([from, to]) => (parseDuration(from) ?? 0) <= (parseDuration(to) ?? Number.POSITIVE_INFINITY), {
    error: "expected the shorter duration first, like [1s, 3s]",
  })
  .describe("Anything from one to the other, all alike");

const afterwards = {
  name: name.exactOptional().describe("Of the step in results; the agent's where it is left out"),
  connection: countOrNone.exactOptional().describe("Which of the user's connections, from 0"),
  expect: z
    .union([expression, z.array(expression)], { error: "expected an expression or a list of them" })
    .exactOptional()
    .describe("What must hold of the reply, or the iteration fails"),
  check: z
    .record(text, expression, { error: "expected a mapping, like {found: 'size(reply.items) > 0'}" })
    .exactOptional()
    .describe("What is counted as yes or no, by name"),
  save: z
    .record(variable, expression, { error: "expected a mapping, like {token: reply.token}" })
    .exactOptional()
    .describe("What the user remembers of the reply, as vars.NAME"),
  record: z
    .record(variable, expression, { error: "expected a mapping, like {basket: reply.total}" })
    .exactOptional()
    .describe("What is added to metrics of the file's own"),
};

const sent = {
  body: z
    .unknown()
    .exactOptional()
    .describe("A text, or a list or mapping that is sent as JSON; with expressions in it"),
  size: size.exactOptional().describe("A text of so many bytes, instead of a body"),
};

const agent = text.describe("An agent's or a tool's name; with expressions in it");
const handle = text.describe("A task's handle, as `start` replies it");

const call = { call: agent, ...sent, ...afterwards };
const stream = {
  stream: agent,
  ...sent,
  every: duration.exactOptional().describe("The pace that the agent was asked for, which gaps are held against"),
  ...afterwards,
};
const start = { start: agent, ...sent, ...afterwards };
const poll = {
  poll: handle,
  until: expression.exactOptional().describe("Polls again until this holds"),
  every: duration.exactOptional().describe("The wait before it polls again; 100ms where it is left out"),
  within: duration.exactOptional().describe("How long it may take until it holds; 1m where it is left out"),
  ...afterwards,
};
const cancel = { cancel: handle, ...afterwards };
const discover = {
  discover: z.union([z.literal(true), z.null()], { error: "expected `discover: true`" }),
  ...afterwards,
};
const think = {
  think: z.union([duration, z.strictObject({ between })], {
    error: "expected a duration with its unit, like 1s, or {between: [1s, 3s]}",
  }),
};

/** A step as a file writes it: of the actions there is one, and beside it what belongs to it. */
export interface RawStep {
  readonly call?: string;
  readonly stream?: string;
  readonly start?: string;
  readonly poll?: string;
  readonly cancel?: string;
  readonly discover?: true | null;
  readonly think?: string | { readonly between: readonly [string, string] };
  readonly parallel?: readonly (RawStep | readonly RawStep[])[];
  readonly group?: string;
  readonly steps?: readonly RawStep[];
  readonly name?: string;
  readonly connection?: number;
  readonly body?: unknown;
  readonly size?: string;
  readonly until?: string;
  readonly every?: string;
  readonly within?: string;
  readonly expect?: string | readonly string[];
  readonly check?: Readonly<Record<string, string>>;
  readonly save?: Readonly<Record<string, string>>;
  readonly record?: Readonly<Record<string, string>>;
}

/** A task as a file writes it: a step with a weight, or a name and steps. */
export type RawTask = RawStep & { readonly weight?: number };

/** One step after the other. */
export const steps: z.ZodType<readonly RawStep[]> = z.lazy(() =>
  z.array(step, { error: "expected a list of steps, like [{call: echo}]" }).min(1, "expected a step or more"),
);

const parallel = {
  parallel: z
    .array(z.union([z.lazy((): z.ZodType<RawStep> => step), steps], { error: "expected a step, or a list of steps" }), {
      error: "expected a list of branches, each a step or a list of steps",
    })
    .min(1, "expected a branch or more")
    .describe("Branches side by side, each on a connection of its own"),
};
const group = { group: name, steps };

/** One step: what it does, and what is made of its reply. */
export const step = z.union(
  [call, stream, start, poll, cancel, discover, think, parallel, group].map((shape) => z.strictObject(shape)),
  { error: "expected a step, like {call: echo}" },
) as z.ZodType<unknown> as z.ZodType<RawStep>;

const share = {
  weight: count.exactOptional().describe("Its share of all iterations: 3 and 7 are three and seven of each ten"),
};

/** What one iteration does: a step, or several, with a weight. */
export const task = z.union(
  [
    z.strictObject({ name, ...share, steps }),
    z.strictObject({ ...call, ...share }),
    z.strictObject({ ...stream, ...share }),
    z.strictObject({ ...start, ...share }),
    z.strictObject({ ...discover, ...share }),
    z.strictObject({ ...parallel, name: name.exactOptional(), ...share }),
    z.strictObject({ ...group, name: name.exactOptional(), ...share }),
  ],
  { error: "expected a task, like {call: echo, weight: 3} or {name: buy, steps: [{call: cart}, {call: pay}]}" },
) as z.ZodType<unknown> as z.ZodType<RawTask>;
