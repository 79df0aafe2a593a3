import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Operation, Reply, Session } from "@apb/core/binding";
import { bodyText } from "@apb/core/body";
import type { Io, Profile, Vars, VU, Workload } from "@apb/core/scenario";
import { thresholdText } from "@apb/core/threshold";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scenarioOf } from "./scenario-file.ts";

const profile: Profile = {
  ...{ name: "file", rounds: 1, warmUpMs: 0, primeMs: 0, windowMs: 1000 },
  ...{ sizesBytes: [], rungs: [], vus: 1 },
};

/** What a session was asked, and what was counted, in order. */
interface Log {
  readonly asked: string[];
  readonly counted: string[];
}

function textOf(operation: Operation): string {
  if ("body" in operation) return `${operation.kind} ${operation.agent} ${bodyText(operation.body)}`;
  return "handle" in operation ? `${operation.kind} ${operation.handle}` : operation.kind;
}

function session(log: Log, name: string, answer: (operation: Operation) => Reply): Session {
  return {
    call: async (operation) => {
      log.asked.push(`${name}${textOf(operation)}`);
      return answer(operation);
    },
    async *stream(operation) {
      log.asked.push(`${name}${textOf(operation)}`);
      for (const body of ["one", "two"]) yield { kind: "message", body };
    },
    wire: { sentBytes: 0, receivedBytes: 0, connections: 1 },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function io({ counted }: Log): Io {
  let now = 0;
  return {
    async step(name, work) {
      counted.push(`step ${name}`);
      now += 7;
      return work(new AbortController().signal);
    },
    stream(name, open) {
      counted.push(`stream ${name}`);
      return open(new AbortController().signal);
    },
    async group(name, work) {
      counted.push(`group ${name}`);
      return work();
    },
    open: () => Promise.reject(new Error("not asked for")),
    check: (name, ok) => void counted.push(`check ${name} ${ok}`),
    add: ({ name, type }, value) => void counted.push(`${type} ${name} ${value}`),
    think: async (ms) => void counted.push(`think ${ms}`),
    now: () => now,
  };
}

/** Echoes JSON and texts; a login has a token, a task is done at its second poll. */
function usual(): (operation: Operation) => Reply {
  let polls = 0;
  return (operation) => {
    if (operation.kind === "discover") return { kind: "agents", agents: ["echo", "login"] };
    if (operation.kind === "start") return { kind: "task", handle: "t1", state: "working", body: null };
    if (operation.kind === "poll")
      return { kind: "task", handle: "t1", state: ++polls < 2 ? "working" : "completed", body: '{"ok":true}' };
    if (operation.kind === "cancel") return { kind: "task", handle: "t1", state: "cancelled", body: null };
    if (operation.agent === "login") return { kind: "message", body: '{"token":"s3cret"}' };
    return { kind: "message", body: bodyText(operation.body) };
  };
}

/** Runs the setup, a VU's start, and so many of its iterations in turn; a failure is noted as what it says. */
async function ran(text: string, iterations = 1, id = 0, env: Readonly<Record<string, string>> = {}) {
  const log: Log = { asked: [], counted: [] };
  const [point] = scenarioOf(text, join(folder, "my-load.yaml"), env).scenario.points(profile);
  const workload = point?.workloads[0] as Workload;
  const answer = usual();
  const sessions = Array.from({ length: workload.sessionsPerVU }, (_, n) =>
    session(log, n === 0 ? "" : `${n}: `, answer),
  );
  const vars: Vars = {};
  const vu: VU & { iteration: number } = { id, vars, session: sessions[0] as Session, sessions, iteration: 0 };
  await point?.setup?.(vu, io(log));
  await workload.onStart?.(vu, io(log));
  for (let n = 0; n < iterations; n++) {
    vu.iteration = n;
    const task = workload.tasks[n % workload.tasks.length];
    try {
      (await task?.run(vu, io(log)))?.();
    } catch (error) {
      log.counted.push(String(error));
    }
  }
  await point?.teardown?.(vu, io(log));
  return log;
}

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "scenario-file-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe("an iteration of a file", () => {
  it("sends the token that the user's start has saved", async () => {
    const { asked } = await ran(`
onStart: [{call: login, save: {token: reply.token}}]
tasks:
  - call: echo
    body: {auth: "\${vars.token}", n: "\${iteration}", who: "user-\${vu}"}`);
    expect(asked).toEqual(["send login ", 'send echo {"auth":"s3cret","n":0,"who":"user-0"}']);
  });

  it("gives every user what the setup has saved, and tears down", async () => {
    const { asked } = await ran(`
setup: [{call: login, save: {token: reply.token}}]
tasks: [{call: echo, body: "t=\${vars.token}"}]
teardown: [{call: echo, body: bye}]`);
    expect(asked).toEqual(["send login ", "send echo t=s3cret", "send echo bye"]);
  });

  it("counts checks and metrics when the clocks have stopped, and requires what it expects last", async () => {
    const { counted } = await ran(`
metrics: {basket: trend, bought: counter, waited: gauge, cheap: rate}
tasks:
  - call: echo
    body: {items: [{price: 5}, {price: 8}]}
    check: {has items: size(reply.items) > 0, quick: durationMs < 5, odd: reply.none == 1}
    record:
      basket: reply.items[1].price + 1
      bought: size(reply.items)
      waited: durationMs
      cheap: reply.items[0].price < 6
    expect: size(reply.items) == 3`);
    expect(counted).toEqual([
      ...["step echo", "check has items true", "check quick false", "check odd false"],
      ...["trend basket 9", "counter bought 2", "gauge waited 7", "rate cheap 1"],
      expect.stringMatching(
        /^Failure: \[mismatch\] .*my-load\.yaml:12:13: expected size\(reply\.items\) == 3, which does not hold/,
      ),
    ]);
  });

  it("does steps in groups, side by side on connections of their own, and thinks", async () => {
    const { asked, counted } = await ran(`
tasks:
  - name: work
    steps:
      - group: both
        steps:
          - parallel:
              - {call: a}
              - [{call: b}, {call: c}]
      - think: 2s
      - discover: true`);
    expect(asked.toSorted()).toEqual(["1: send b ", "1: send c ", "discover", "send a "]);
    expect(counted.filter((line) => !line.startsWith("step"))).toEqual(["group both", "think 2000"]);
  });

  it("starts a task, polls it until it is done, and cancels another", async () => {
    const { asked, counted } = await ran(`
tasks:
  - name: work
    steps:
      - {start: writer, body: go, save: {task: reply.handle}}
      - poll: "\${vars.task}"
        every: 50ms
        until: reply.state == "completed"
        check: {ok: reply.body.ok}
      - {cancel: "\${vars.task}"}
      - {stream: tokens, body: {chunks: 2}, check: {two: size(reply) == 2}}`);
    expect(asked).toEqual(["start writer go", "poll t1", "poll t1", "cancel t1", 'stream tokens {"chunks":2}']);
    expect(counted).toContain("think 50");
    expect(counted.slice(-2)).toEqual(["check ok true", "check two true"]);
  });

  it("gives a poll up that does not end", async () => {
    const { counted } = await ran(`
tasks:
  - name: work
    steps:
      - {poll: t9, every: 10ms, within: 20ms, until: reply.state == "failed"}`);
    expect(counted.at(-1)).toMatch(/\[timeout\] .*my-load\.yaml:5:54: expected reply\.state == "failed" within 20ms/);
  });

  it("takes parts of a file that are written once", async () => {
    const { asked } = await ran(`
tasks:
  - name: both
    steps:
      - &one {call: echo, body: a}
      - {<<: *one, body: b}
      - *one`);
    expect(asked).toEqual(["send echo a", "send echo b", "send echo a"]);
  });

  it("tells what broke it, and not what can no longer be worked out", async () => {
    const { counted } = await ran(`
metrics: {n: trend}
tasks:
  - name: work
    steps:
      - {call: echo, body: hi, record: {n: reply.count}}
      - {call: echo, save: {id: reply.id}}`);
    expect(counted.at(-1)).toMatch(/my-load\.yaml:7:33: .reply\.id. cannot be worked out/);
  });

  it("has rows of data by user, by iteration, or at random but alike in each run", async () => {
    await writeFile(join(folder, "users.csv"), "name,city\nanna,Wien\nbert,Graz\n");
    await writeFile(join(folder, "goods.json"), '["pen","ink"]');
    const text = `
data:
  user: {file: users.csv}
  good: {file: goods.json, pick: shared}
  any: {rows: [1, 2, 3], pick: random}
tasks: [{call: echo, body: "\${data.user.name} \${data.good} \${data.any}"}]`;
    const { asked } = await ran(text, 3, 1);
    expect(asked.map((line) => line.split(" ").slice(2, 4).join(" "))).toEqual(["bert pen", "bert ink", "bert pen"]);
    expect((await ran(text, 3, 1)).asked).toEqual(asked);
  });

  it("takes environment variables from outside, or their defaults, in loads too", async () => {
    const text = `
env: {AGENT: echo, VUS: 3}
tasks: [{call: "\${env.AGENT}"}]
vus: \${env.VUS}
duration: 1s`;
    expect((await ran(text)).asked).toEqual(["send echo "]);
    expect((await ran(text, 1, 0, { AGENT: "other" })).asked).toEqual(["send other "]);
    const load = (env: Readonly<Record<string, string>>) =>
      scenarioOf(text, "a.yaml", env).scenario.points(profile)[0]?.workloads[0]?.load;
    expect([load({}), load({ VUS: "5" })]).toMatchObject([{ vus: 3 }, { vus: 5 }]);
  });

  it("ends with a failure that names the place when a reply lacks what is saved, and never what the reply said", async () => {
    const { counted } = await ran("tasks:\n  - call: login\n    save: {id: reply.id}");
    expect(counted.at(-1)).toMatch(
      /\[mismatch\] .*my-load\.yaml:3:16: `reply\.id` cannot be worked out: No such key: id$/,
    );
  });
});

describe("what a file says of its load", () => {
  const tasks = "tasks: [{call: echo}]\n";
  const loads = (text: string, timeScale?: number) => {
    const scaled = timeScale === undefined ? profile : { ...profile, timeScale };
    return scenarioOf(tasks + text, "a.yaml", {})
      .scenario.points(scaled)[0]
      ?.workloads.map(({ load }) => load);
  };
  const around = { startTimeMs: 0, gracefulStopMs: 30_000 };

  it.each([
    ["nothing", "", { executor: "shared-iterations", vus: 1, iterations: 1, maxDurationMs: 600_000, sessions: 1 }],
    ["users and a time", "vus: 4\nduration: 2s", { executor: "constant-vus", vus: 4, durationMs: 2000, sessions: 4 }],
    [
      "stages",
      "stages: [{duration: 1m, target: 9}]",
      {
        ...{ executor: "ramping-vus", startVUs: 1, stages: [{ durationMs: 60_000, target: 9 }] },
        ...{ gracefulRampDownMs: 30_000, sessions: 8 },
      },
    ],
    [
      "a rate per minute",
      "scenarios: {a: {executor: constant-arrival-rate, rate: 30, timeUnit: 1m, duration: 1s, preAllocatedVUs: 5}}",
      { executor: "constant-arrival-rate", perSecond: 0.5, durationMs: 1000, maxInFlight: 100_000, sessions: 5 },
    ],
  ])("is, of %s, what k6 makes of it", (_name, text, load) => {
    expect(loads(text)).toEqual([{ ...around, ...load }]);
  });

  it("climbs in steps, by the course's names as well", () => {
    const text = (start: string, by: string, most: string) =>
      `scenarios: {a: {executor: steps, ${start}: 2, increment: 3, ${by}: 10s, ${most}: 6}}`;
    const [load] = loads(text("startVUs", "incrementInterval", "maxVUs")) ?? [];
    expect(load).toMatchObject({
      ...{ executor: "ramping-vus", startVUs: 2, sessions: 6 },
      stages: [
        { durationMs: 10_000, target: 2 },
        { durationMs: 0, target: 5 },
        { durationMs: 10_000, target: 5 },
        { durationMs: 0, target: 6 },
        { durationMs: 10_000, target: 6 },
      ],
    });
    expect(loads(text("start_users", "increment_interval", "max_users"))).toEqual([load]);
  });

  it("is stretched in all its times", () => {
    const text = "scenarios: {a: {executor: constant-vus, vus: 2, duration: 10s, startTime: 5s, gracefulStop: 1s}}";
    expect(loads(text, 0.1)).toMatchObject([{ durationMs: 1000, startTimeMs: 500, gracefulStopMs: 100, vus: 2 }]);
  });

  it("has limits on its scenarios, its groups, its tags and its own metrics", () => {
    const text = `
metrics: {basket: trend}
tasks:
  - {name: shop, steps: [{group: pay, steps: [{call: echo, record: {basket: size(reply)}}]}]}
scenarios:
  a: {executor: constant-vus, duration: 1s, tags: {model: x}}
  b: {executor: constant-vus, duration: 1s, tags: {model: y}}
thresholds:
  http_req_duration{scenario:a}: [p(95)<200]
  response{group:pay}: avg<100
  failed{model:y}: [{threshold: rate<0.01, abortOnFail: true, delayAbortEval: 10s}]
  basket: [max<5]`;
    const [point] = scenarioOf(text, "a.yaml", {}).scenario.points({ ...profile, timeScale: 0.5 });
    expect(point?.thresholds.map(thresholdText)).toEqual([
      ...["response{workload:a}: p(95)<200", "response{step:pay}: avg<100"],
      ...["failed{workload:b}: rate<0.01", "basket: max<5"],
    ]);
    expect(point?.thresholds[2]).toMatchObject({ abortOnFail: true, delayAbortEvalMs: 5000 });
  });

  it("comes from a table that obeys Little's law, a user and a load for each row", () => {
    const text = `
duration: 5s
workload:
  - {name: main, call: echo, tps: 30, users: 150, responseTime: 1s, thinkTime: 4s}
  - {call: pay, tps: 5, users: 25, responseTime: 1s, thinkTime: 4s}`;
    const { scenario, rows } = scenarioOf(text, "a.yaml", {});
    expect(
      scenario.points(profile)[0]?.workloads.map(({ name, load, think }) => ({ name, load, think })),
    ).toMatchObject([
      { name: "main", load: { executor: "constant-vus", vus: 150 }, think: { constantMs: 4000 } },
      { name: "pay", load: { vus: 25, durationMs: 5000 } },
    ]);
    expect(rows.map(({ name, lawfulUsers }) => [name, lawfulUsers])).toEqual([
      ["main", 150],
      ["pay", 25],
    ]);
  });

  it("needs of a binding what its steps do", () => {
    const needs = (text: string) => [...scenarioOf(text, "a.yaml", {}).scenario.needs].toSorted();
    expect(needs(tasks)).toEqual(["send"]);
    expect(needs("tasks: [{stream: tokens}, {discover: true}]")).toEqual(["discover", "other agents", "stream"]);
  });
});
