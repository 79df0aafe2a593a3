import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRun } from "@apb/report/read";
import { afterEach, beforeEach, expect, it } from "vitest";
import { bench } from "./testing/bench-process.ts";

/** Servers that know nothing of this project, written with the official SDKs. */
const strangers = new URL("../../../reference-servers/src/testing/strangers/", import.meta.url);
const tiny = ["--profile", "smoke", "--ceiling", "0ms", "--iterations", "5", "--warm-up", "0ms", "--vus", "1"];

let folder = "";
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-test-"));
});

afterEach(async () => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

/** Starts one on a free port; resolves with the URL that it says. */
async function start(name: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const file = fileURLToPath(new URL(name, strangers));
  const child = spawn(process.execPath, [file, "0"], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", 2] });
  started.push(child);
  const [said] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return said.toString().trim();
}

it("measures a tool of somebody else's with its own arguments, and tells its own words when it fails", async () => {
  const target = await start("word-count.mjs", { TOKEN: "t0ps3cret" });
  const call = ["--binding", "mcp/jsonrpc", "--target", target, "--agent", "word_count", "--scenario", "message-size"];
  const header = ["--header", "Authorization: Bearer t0ps3cret"];
  const body = ["--body", '{"document":"a b a","top":1}', "--expect", 'reply.words == 3 && reply.most == ["a"]'];
  const good = await bench("run", ...tiny, ...call, ...header, ...body, "--out", join(folder, "good")).ended;
  expect(good.stderr).not.toContain("warning: --body");
  expect(good.code).toBe(0);
  const { info, results } = await readRun(join(folder, "good"));
  expect(results).toMatchObject([{ status: "measured", cell: { case: { sizeBytes: 28 } } }]);
  expect(info.selection.headers).toEqual(["authorization"]);

  const wrong = ["--body", '{"document":"a b a","top":0}'];
  const bad = await bench("run", ...tiny, ...call, ...header, ...wrong, "--out", join(folder, "bad")).ended;
  expect(bad.code).toBe(1);
  expect(bad.stdout).toContain("[agent] the first iteration failed, before timing: top must be at least 1, not 0");

  const verified = await bench("verify", "--binding", "mcp/jsonrpc", "--target", target, ...header).ended;
  expect(verified.code).toBe(0);
  expect(verified.stdout).toMatch(/skipped {2}echoes a plain body byte for byte: cannot be tried: this server has no/);
  expect(verified.stdout).toMatch(/passed {3}lists its agents|skipped {2}lists its agents/);

  const files = (await readdir(folder, { recursive: true })).filter((file) => file.includes("."));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  const said = [...texts, good.stdout, good.stderr, bad.stdout, bad.stderr, verified.stdout, verified.stderr];
  expect(said.join("\n")).not.toContain("t0ps3cret");
}, 60_000);

it("measures the same tool in processes that speak over stdio", async () => {
  const serve = `node '${fileURLToPath(new URL("word-count.mjs", strangers))}' stdio`;
  const call = ["--binding", "mcp/stdio", "--serve", serve, "--agent", "word_count", "--scenario", "message-size"];
  const body = ["--body", '{"document":"a b a","top":1}', "--expect", "reply.words == 3"];
  const run = await bench("run", ...tiny, ...call, ...body, "--out", folder).ended;
  expect(run.code).toBe(0);
  const [cell] = (await readRun(folder)).results;
  expect(cell).toMatchObject({ status: "measured", server: { rssPeakBytes: expect.any(Number) } });
}, 60_000);

it("refuses a tool that is not there, and a server that lets nobody in, before anything is measured", async () => {
  const target = await start("word-count.mjs", { TOKEN: "t0ps3cret" });
  const call = ["--binding", "mcp/jsonrpc", "--target", target, "--agent", "word_cont"];
  const known = await bench("run", ...tiny, ...call, "--header", "authorization: Bearer t0ps3cret").ended;
  expect(known.stderr).toContain("it has word_count; is it word_count?");
  const unknown = await bench("run", ...tiny, ...call, "--header", "authorization: Bearer other").ended;
  expect(unknown.stderr).toContain("wants authorization (HTTP 401");
  expect([known.code, unknown.code]).toEqual([1, 1]);
}, 60_000);

it.each(["a2a/jsonrpc", "a2a/rest"])(
  "measures an agent that is found by its card: %s",
  async (binding) => {
    const card = await start("summarizer.mjs");
    const call = ["--binding", binding, "--target", card, "--agent", "Summarizer", "--scenario", "message-size"];
    const data = ["--body", '{"text":"One. Two. Three.","sentences":2}', "--expect", "equals:One. Two."];
    const run = await bench("run", ...tiny, ...call, ...data, "--out", folder).ended;
    expect(run.stderr).not.toContain("error");
    expect(run.code).toBe(0);
    expect((await readRun(folder)).results).toMatchObject([{ status: "measured", steps: { send: { failures: {} } } }]);
  },
  60_000,
);
