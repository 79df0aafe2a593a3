import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun } from "@apb/report/read";
import { afterEach, beforeEach, expect, it } from "vitest";
import { benchFromSource } from "./testing/bench-process.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-file-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** From the sources, as a clone runs it: only there is TypeScript compiled as it is loaded, the program's own and a user's. */
const bench = benchFromSource;

const text = `
name: sale
binding: acp/rest
env: {GOOD: pen}
data: {customer: {file: customers.csv}}
metrics: {basket: trend}
onStart:
  - {call: login, body: '{"user": "\${data.customer.name}"}', save: {token: reply.token}}
tasks:
  - call: shop
    name: find
    weight: 3
    body: '{"token": "\${vars.token}", "find": "e"}'
  - call: shop
    name: order
    weight: 7
    body: '{"token": "\${vars.token}", "buy": "\${env.GOOD}"}'
    expect: reply.order == "ink-1"
    record: {basket: reply.total}
    check: {cheap: reply.total < 20}
vus: 4
iterations: 100
thresholds: {failed: [rate==0], basket: [avg==12], checks: [rate==1]}
`;

const code = `
import { bodyOf, scenario } from "agent-protocol-bench";

export default scenario({
  name: "in-code",
  binding: "acp/rest",
  ...{ vus: 2, iterations: 9 },
  tasks: [
    {
      name: "ask",
      async run(vu, io) {
        const body: string = String(vu.iteration);
        const ask = { kind: "send", agent: "echo", body } as const;
        const reply = await io.step("ask", (signal) => vu.session.call(ask, signal));
        return () => io.check("answered", bodyOf(reply) === body);
      },
    },
  ],
});
`;

it("a file in TypeScript is loaded from anywhere, and one that is broken is told with line and column", async () => {
  await writeFile(join(folder, "my-load.ts"), code);
  await writeFile(join(folder, "broken.yaml"), "tasks: [{call: echo}]\nduration: 5");
  const [checked, refused] = await Promise.all([
    bench("check", join(folder, "my-load.ts")).ended,
    bench("check", join(folder, "broken.yaml")).ended,
  ]);
  expect(checked).toMatchObject({ code: 0, stderr: "" });
  expect(checked.stdout).toMatch(
    /^in-code: .*\n {2}on acp\/rest.*\n {2}default: shared-iterations, 9 iterations by 2 VUs\n/,
  );
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(
    "broken.yaml:2:11: expected a duration with its unit, like 500ms, 2s or 1m30s, got 5",
  );
}, 60_000);

it("a file's login reaches its later steps, its tasks are split exactly, and nothing secret is stored", async () => {
  await writeFile(join(folder, "sale.yaml"), text);
  await writeFile(join(folder, "customers.csv"), "name\nanna\nbert\n");
  const out = join(folder, "run");
  const words = ["run", join(folder, "sale.yaml"), "--warm-up", "0ms", "--generators", "2", "--out", out];
  process.env.GOOD = "ink";
  const { code, stdout, stderr } = await bench(...words).ended.finally(() => delete process.env.GOOD);
  expect(stderr).toContain("stored in");
  expect(code).toBe(0);
  expect(stdout).toContain("sale: metrics");
  const { info, results } = await readRun(out);
  expect(info.selection).toMatchObject({ scenarios: ["sale"], file: { name: "sale.yaml" }, bindings: ["acp/rest"] });
  expect(results).toMatchObject([
    {
      status: "measured",
      steps: { total: { count: 100, failures: {} }, find: { count: 30 }, order: { count: 70 } },
      metrics: { basket: { type: "trend", count: 70, values: { min: 12, max: 12 } } },
      checks: { cheap: { passes: 70, fails: 0 } },
      thresholds: [{ ok: true }, { ok: true, value: 12 }, { ok: true }],
    },
  ]);
  for (const name of await readdir(out)) expect(await readFile(join(out, name), "utf8")).not.toMatch(/token-of|"ink"/);
}, 60_000);
