import { Failure } from "@apb/core/failure";
import { describe, expect, it } from "vitest";
import { scenarioOf } from "./scenario-file.ts";

function said(text: string): string {
  try {
    scenarioOf(text, "my-load.yaml", {});
  } catch (error) {
    if (error instanceof Failure && error.kind === "usage") return error.sentence;
    throw error;
  }
  return "";
}

const one = "tasks: [{call: echo}]\n";

describe("a broken file", () => {
  it.each<[name: string, text: string, says: string]>([
    [
      "no YAML",
      "tasks: [{call: echo}\nvus: 1",
      "2:1: expected YAML, but flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    ["nothing", "", "1:1: expected a mapping like `tasks: [{call: echo}]`"],
    ["a list", "- call: echo", "1:1: expected a mapping like `tasks: [{call: echo}]`"],
    ["a key twice", `${one}vus: 1\nvus: 2`, "3:1: expected YAML, but map keys must be unique"],
    [
      "a misspelt key",
      `${one}threshold:\n  response: [p(95)<1]`,
      "2:1: there is no key 'threshold'; did you mean 'thresholds'?",
    ],
    [
      "nobody who does anything",
      "vus: 10\nduration: 1s",
      "1:1: expected `tasks`, `users` or `workload`: who does what",
    ],
    [
      "a duration without a unit",
      `${one}vus: 10\nduration: 30`,
      "3:11: expected a duration with its unit, like 500ms, 2s or 1m30s, got 30",
    ],
    [
      "a duration of an unknown unit",
      `${one}vus: 10\nduration: 30 sec`,
      '3:11: expected a duration with its unit, like 500ms, 2s or 1m30s, got "30 sec"',
    ],
    [
      "a step without an action",
      "tasks:\n  - steps:\n      - cal: echo\n    name: a",
      "3:9: there is no step 'cal'; did you mean 'call'? Expected call, stream, start, poll, cancel, discover, think, parallel, group",
    ],
    [
      "a task without an action",
      "tasks:\n  - cal: echo\n    weight: 3",
      "2:5: there is no step 'cal'; did you mean 'call'? Expected call, stream, start, poll, cancel, discover, think, parallel, group",
    ],
    [
      "two actions in a step",
      "tasks:\n  - {call: echo, think: 1s}",
      "2:18: expected one thing to do in a step, got call and think; make it two steps",
    ],
    [
      "a misspelt key of a step",
      "tasks:\n  - call: echo\n    bdy: hello",
      "3:5: there is no key 'bdy'; did you mean 'body'? Expected call, body, size, name, connection, expect, check, save, record, weight",
    ],
    ["an agent that is a number", "tasks:\n  - call: 5", "2:11: expected a text, got 5"],
    ["a weight of a half", "tasks:\n  - call: echo\n    weight: 0.5", "3:13: expected a whole number from 1, got 0.5"],
    [
      "an expression that is none",
      "tasks:\n  - call: echo\n    expect: 'reply. =='",
      "3:13: expected a CEL expression, got `reply. ==`: Expected IDENTIFIER, got EQ",
    ],
    [
      "an expression of an unknown variable",
      "tasks:\n  - call: echo\n    expect: replay.ok",
      "3:13: expected a CEL expression, got `replay.ok`: there is no variable 'replay'; did you mean 'reply'? Expected env, vars, data, reply, vu, iteration, durationMs",
    ],
    [
      "a template that does not end",
      "tasks:\n  - call: echo\n    body: 'hello ${vu'",
      "3:11: expected a } behind the ${ of `${vu`",
    ],
    [
      "a variable that nobody saves",
      `tasks:\n  - {call: login, save: {token: reply.token}}\n  - {call: echo, body: '\${vars.tokn}'}`,
      "3:24: there is no saved value 'tokn'; did you mean 'token'? Expected token",
    ],
    [
      "an environment variable that is not declared",
      `env: {SHOP: echo}\ntasks:\n  - call: \${env.SHIP}`,
      "3:11: there is no environment variable 'SHIP'; did you mean 'SHOP'? Expected SHOP",
    ],
    [
      "an environment variable that is not set",
      `env:\n  A: b\n  TOKEN: null\n${one}`,
      "3:10: expected the environment variable TOKEN to be set; it has no default",
    ],
    [
      "a secret that is nothing",
      `env: {TOKEN: abc}\nsecrets: [TOKEN, TOKN]\n${one}`,
      "2:18: there is no environment variable or saved value 'TOKN'; did you mean 'TOKEN'? Expected TOKEN",
    ],
    [
      "a data file that is not there",
      `data:\n  users:\n    file: none.csv\n${one}`,
      "3:11: expected a file of CSV with a header, or of JSON: ENOENT: no such file or directory, open ",
    ],
    [
      "a column that its data has not",
      `data:\n  u: {rows: [{name: a}, {name: b, "the city": c}]}\ntasks:\n  - call: echo\n    body: '\${data.u.name.size()} \${data.u["the city"]} \${has(data.u.age)} \${data.u.nam}'`,
      "5:11: there is no column of data.u 'nam'; did you mean 'name'? Expected name, the city",
    ],
    [
      "an executor that is none",
      `${one}scenarios:\n  a:\n    executor: constant-vu\n    vus: 3`,
      "4:15: there is no executor 'constant-vu'; did you mean 'constant-vus'? Expected constant-vus, ramping-vus, per-vu-iterations, shared-iterations, constant-arrival-rate, ramping-arrival-rate, steps",
    ],
    [
      "no executor",
      `${one}scenarios:\n  a: {vus: 3, duration: 1s}`,
      "3:6: expected `executor`, which is missing: one of constant-vus, ramping-vus, per-vu-iterations, shared-iterations, constant-arrival-rate, ramping-arrival-rate, steps",
    ],
    [
      "a word of another executor",
      `${one}scenarios:\n  a: {executor: constant-vus, duration: 1s, rate: 5}`,
      "3:45: there is no key 'rate'; expected executor, vus, duration, user, startTime, gracefulStop, tags, env",
    ],
    [
      "a load without its duration",
      `${one}scenarios:\n  a: {executor: constant-vus, vus: 5}`,
      "3:6: expected `duration`, which is missing (expected a duration with its unit, like 500ms, 2s or 1m30s)",
    ],
    [
      "a ramp of half VUs",
      `${one}stages:\n  - {duration: 1s, target: 2.5}`,
      "3:3: ramping-vus: expected a whole number of VUs as the target of stage 1 from 0, got 2.5",
    ],
    [
      "more users than iterations",
      `${one}scenarios:\n  a: {executor: shared-iterations, vus: 5, iterations: 3}`,
      "3:6: shared-iterations: expected an iteration or more for each VU, got 3 for 5 VUs; lower the VUs",
    ],
    [
      "a user that is none",
      "users:\n  buyer: {tasks: [{call: echo}]}\nscenarios:\n  a: {user: byer, executor: constant-vus, duration: 1s}",
      "4:13: there is no user 'byer'; did you mean 'buyer'? Expected buyer",
    ],
    [
      "a user left out among several",
      "users:\n  a: {tasks: [{call: echo}]}\n  b: {tasks: [{call: echo}]}\nscenarios:\n  c: {executor: constant-vus, duration: 1s}",
      "5:6: expected `user`, which is missing: one of a, b",
    ],
    [
      "a threshold of an unknown metric",
      `${one}thresholds:\n  respnse: [p(95)<1]`,
      "3:3: threshold 'respnse': there is no metric 'respnse'; did you mean 'response'? Expected response, service, failed, checks,",
    ],
    [
      "a threshold that is none",
      `${one}thresholds:\n  response:\n    - p(95)<1\n    - p95<200`,
      "5:7: threshold 'response: p95<200': expected avg, min, max, med, p(N), which response has as a trend, got 'p95'; did you mean 'p(95)'?",
    ],
    [
      "a threshold of an unknown scenario",
      `${one}scenarios:\n  load: {executor: constant-vus, duration: 1s}\nthresholds:\n  response{scenario:lod}: [p(95)<1]`,
      "5:3: threshold 'response{scenario:lod}': there is no scenario 'lod'; did you mean 'load'? Expected load",
    ],
    [
      "a metric that is not declared",
      "metrics: {basket: trend}\ntasks:\n  - call: echo\n    record: {baskt: reply.total}",
      "4:14: there is no metric 'baskt'; did you mean 'basket'? Expected basket; metrics are declared in `metrics:`",
    ],
    [
      "a metric of no type",
      `metrics:\n  basket: histogram\n${one}`,
      '2:11: expected counter, gauge, rate or trend, got "histogram"',
    ],
    [
      "a body and a size",
      "tasks:\n  - call: echo\n    body: a\n    size: 1KiB",
      "4:5: expected a body or a size, got both; leave one out",
    ],
    [
      "a size without a unit",
      "tasks:\n  - call: echo\n    size: 1024",
      "3:11: expected a size with its unit, like 1KiB or 512B, got 1024",
    ],
    [
      "a wait that is none",
      `${one}wait: {betwen: [1s, 2s]}`,
      "2:8: there is no key 'betwen'; did you mean 'between'? Expected constant, between, pacing, throughput",
    ],
    ["a wait between one", `${one}wait: {between: [1s]}`, '2:17: expected two durations, like [1s, 3s], got ["1s"]'],
    [
      "a table against Little's law",
      "duration: 1s\nworkload:\n  - {call: echo, tps: 30, users: 15, responseTime: 1s, thinkTime: 4s}",
      "3:34: expected users = TPS × (response + think) = 30 × 5 s = 150, got 15; with 15 users it would be 3 TPS",
    ],
    [
      "users and tasks",
      `${one}users:\n  a: {tasks: [{call: echo}]}`,
      "1:1: expected `tasks` within one of `users`, since there are some",
    ],
    [
      "two tasks of one name",
      "tasks:\n  - {call: echo, size: 1KiB}\n  - {call: echo, size: 2KiB}",
      "3:5: expected a `name` of its own, since another task is echo too",
    ],
    [
      "a step named total",
      "tasks:\n  - call: echo\n    name: total",
      "3:11: expected another name than total, which is a step of every load",
    ],
    ["an empty list of branches", "tasks:\n  - parallel: []", "2:15: expected a branch or more, got []"],
  ])("with %s says where, what was expected and what to do", (_name, text, says) => {
    expect(said(text)).toContain(`my-load.yaml:${says}`);
  });
});
