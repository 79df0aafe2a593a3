import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun } from "@apb/report/read";
import { afterEach, beforeEach, expect, it } from "vitest";
import { bench } from "./testing/bench-process.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-file-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

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
