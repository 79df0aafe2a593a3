import { z } from "zod";
import { count, countOrNone, duration, name, rate, size, text, variable } from "./schema-words.ts";
import { between, steps, task } from "./step-schema.ts";

const wait = z
  .union(
    [
      duration,
      z.strictObject({ constant: duration }),
      z.strictObject({ between }),
      z.strictObject({ pacing: duration.describe("From one start to the next") }),
      z.strictObject({ throughput: rate.describe("At most so many iterations a second of each user") }),
    ],
    { error: "expected a duration, or one of {between: [1s, 3s]}, {pacing: 2s}, {throughput: 5}" },
  )
  .describe("What a user waits between two iterations");

const user = {
  onStart: steps.exactOptional().describe("What each user does once before the load begins, out of all results"),
  wait: wait.exactOptional(),
  connections: count.exactOptional().describe("Of each user; as many as its parallel branches where it is left out"),
  tasks: z.array(task, { error: "expected a list of tasks" }).min(1, "expected a task or more"),
};

const stages = z
  .array(z.strictObject({ duration, target: rate }), {
    error: "expected a list of stages, like [{duration: 30s, target: 50}]",
  })
  .min(1, "expected a stage or more");

const around = {
  user: name.exactOptional().describe("Which of the users; may be left out where there is one"),
  startTime: duration.exactOptional().describe("From the start of the test to its own"),
  gracefulStop: duration.exactOptional().describe("How long iterations may finish at its end; 30s"),
  tags: z.record(name, text).exactOptional().describe("What thresholds can tell it by"),
  env: z.record(variable, text).exactOptional().describe("Environment variables that are others here"),
};

const arrivals = {
  timeUnit: duration.exactOptional().describe("What rates are per; 1s"),
  preAllocatedVUs: count.exactOptional().describe("Connections that arrivals are sent on; 10"),
  maxVUs: count.exactOptional().describe("The same, where it is more"),
};

/** k6's executors, and `steps` as the course has it. */
export const load = z.discriminatedUnion(
  "executor",
  [
    z.strictObject({ executor: z.literal("constant-vus"), vus: count.exactOptional(), duration, ...around }),
    z.strictObject({
      ...{ executor: z.literal("ramping-vus"), startVUs: countOrNone.exactOptional(), stages, ...around },
      gracefulRampDown: duration.exactOptional(),
    }),
    z.strictObject({
      ...{ executor: z.literal("per-vu-iterations"), vus: count.exactOptional(), iterations: count.exactOptional() },
      ...{ maxDuration: duration.exactOptional(), ...around },
    }),
    z.strictObject({
      ...{ executor: z.literal("shared-iterations"), vus: count.exactOptional(), iterations: count.exactOptional() },
      ...{ maxDuration: duration.exactOptional(), ...around },
    }),
    z.strictObject({ executor: z.literal("constant-arrival-rate"), rate, duration, ...arrivals, ...around }),
    z.strictObject({
      ...{ executor: z.literal("ramping-arrival-rate"), startRate: rate.exactOptional(), stages, ...arrivals },
      ...around,
    }),
    z.strictObject({
      ...{ executor: z.literal("steps"), startVUs: count, increment: count, incrementInterval: duration },
      ...{ maxVUs: count, gracefulRampDown: duration.exactOptional(), ...around },
    }),
  ],
  { error: "expected a mapping with an executor, like {executor: constant-vus, vus: 10, duration: 30s}" },
);

/** A load as a file writes it. */
export type RawLoad = z.infer<typeof load>;

const pick = z.enum(["per-vu", "shared", "random"], { error: "expected per-vu, shared or random" });

const dataSet = z.union(
  [
    z.strictObject({ file: text.describe("CSV with a header, or JSON with a list"), pick: pick.exactOptional() }),
    z.strictObject({ rows: z.array(z.unknown()).min(1, "expected a row or more"), pick: pick.exactOptional() }),
  ],
  { error: "expected {file: users.csv} or {rows: [...]}" },
);

const limit = z.union(
  [
    text,
    z.strictObject({
      threshold: text,
      abortOnFail: z.boolean({ error: "expected true or false" }).exactOptional(),
      delayAbortEval: duration.exactOptional(),
    }),
  ],
  { error: "expected an expression like 'p(95)<200', or {threshold: 'p(95)<200', abortOnFail: true}" },
);

const row = z.strictObject({
  ...{ name: name.exactOptional(), call: text, body: z.unknown().exactOptional(), size: size.exactOptional() },
  tps: rate.describe("Transactions a second that are meant"),
  users: count,
  responseTime: duration,
  thinkTime: duration,
});

/** What a scenario file may say. */
export const scenarioSchema = z.strictObject(
  {
    name: name.exactOptional().describe("Of the scenario; the file's where it is left out"),
    shows: text.exactOptional().describe("What it shows, in one sentence"),
    expect: z
      .union([text, z.array(text).min(1, "expected a sentence or more")], {
        error: "expected a sentence, or a list of them; limits that are checked are `thresholds`",
      })
      .exactOptional()
      .describe("What is expected, in words, which the report repeats; what is checked of it are the thresholds"),
    binding: z.union([text, z.array(text).min(1)], { error: "expected a binding, or a list of them" }).exactOptional(),
    target: text.exactOptional().describe("URL of the server; a bundled one where it is left out"),
    pid: count.exactOptional().describe("The target's process, for its memory and CPU"),
    headers: z
      .record(text, text, { error: "expected a mapping of texts, like {Authorization: Bearer …}" })
      .exactOptional()
      .describe("What every request carries, or its metadata; sent and never stored"),
    env: z
      .record(variable, z.union([z.string(), z.number(), z.boolean(), z.null()]), {
        error: "expected a mapping of environment variables and their defaults, like {SHOP: echo}",
      })
      .exactOptional()
      .describe("Environment variables that it reads, with their defaults; null for one that must be set"),
    secrets: z
      .array(variable, { error: "expected a list of names, like [TOKEN]" })
      .exactOptional()
      .describe(
        "Names of environment variables and saved values that are not to be in results, where a server repeats them; of 8 characters or more",
      ),
    data: z.record(variable, dataSet).exactOptional().describe("Rows, one for each iteration, as data.NAME"),
    metrics: z
      .record(
        variable,
        z.enum(["counter", "gauge", "rate", "trend"], { error: "expected counter, gauge, rate or trend" }),
      )
      .exactOptional()
      .describe("Metrics of its own, for `record`"),
    warmUp: duration.exactOptional().describe("Load before the window that is thrown away; 1s"),
    setup: steps.exactOptional().describe("Done once before all users start; what it saves, each user has"),
    teardown: steps.exactOptional().describe("Done once when the load is over"),
    users: z.record(name, z.strictObject(user)).exactOptional().describe("Kinds of users, by name"),
    ...{ onStart: user.onStart, wait: user.wait, connections: user.connections, tasks: user.tasks.exactOptional() },
    scenarios: z.record(name, load).exactOptional().describe("Loads side by side, by name, each of a kind of user"),
    ...{ vus: count.exactOptional(), iterations: count.exactOptional(), duration: duration.exactOptional() },
    stages: stages.exactOptional(),
    workload: z
      .array(row)
      .min(1, "expected a row or more")
      .exactOptional()
      .describe("A table of who does what how often"),
    thresholds: z
      .record(
        text,
        z.union([limit, z.array(limit)], { error: "expected a limit or a list of them, like ['p(95)<200']" }),
      )
      .exactOptional()
      .describe("Limits in k6's words"),
  },
  { error: "expected a mapping like `tasks: [{call: echo}]`" },
);

/** A file as it is written, validated. */
export type RawScenario = z.infer<typeof scenarioSchema>;
