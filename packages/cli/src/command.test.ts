import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRun } from "@apb/report/read";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bench, childrenOf, tiny } from "./testing/bench-process.ts";

const file = fileURLToPath(new URL("testing/users-server.mjs", import.meta.url));
const key = "t0psecret";

let folder = "";
let out = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-test-"));
  out = join(folder, "run");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Flags for a server of this test's own, of which every process has the folder's name in its command line. */
function served(binding: string): readonly string[] {
  const command = `'${process.execPath}' '${file}' ${binding} {port} 'of ${folder}'`;
  const target = "http://localhost:{port}/mcp";
  return ["--binding", "mcp/jsonrpc", "--serve", command, "--serve-env", `API_KEY=${key}`, "--target", target];
}

/** Its processes that run. */
function running(): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`of ${folder}\0`);
    } catch {
      return false;
    }
  });
}

/** Resolves once this program watches that its server ends with it. A test's own time-out ends the wait. */
async function watching(pid: number): Promise<void> {
  while (![...(await childrenOf(pid)).values()].some((command) => command.startsWith("sh\0-c\0read")))
    await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Resolves once none of a test's server runs. A test's own time-out ends the wait. */
async function gone(): Promise<void> {
  while (running().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a server that a command starts", () => {
  it("is measured with all that it has started, and nothing is left of it", async () => {
    const flags = ["--scenario", "workflow", "--iterations", "500", "--out", out];
    const { code, stdout, stderr } = await bench("run", ...tiny, ...served("mcp/jsonrpc"), ...flags).ended;
    expect(stderr).toContain("stored in");
    expect(code).toBe(0);
    expect(running()).toEqual([]);
    const { info, results } = await readRun(out);
    expect(info.selection).toMatchObject({
      ...{ servers: ["command"], target: "http://localhost:{port}/mcp", serveEnv: ["API_KEY"] },
      serve: served("mcp/jsonrpc")[3],
    });
    expect(results).toHaveLength(1);
    for (const result of results)
      expect(result).toMatchObject({
        status: "measured",
        cell: { server: "command" },
        server: { rssPeakBytes: expect.any(Number), cpuMsPerOperation: expect.any(Number) },
      });
    expect(stdout).toMatch(/^server .* command .*users-server\.mjs/m);
    const stored = await Promise.all((await readdir(out)).map((name) => readFile(join(out, name), "utf8")));
    expect([stdout, stderr, ...stored].join("\n")).not.toContain(key);
  }, 60_000);

  it("is named with what it said where it does not come up, before anything is measured", async () => {
    const { code, stdout, stderr } = await bench("run", ...served("none"), "--ceiling", "60s", "--out", out).ended;
    expect(stderr).toMatch(
      /^error: the server of --serve ended before .* \(exit code 1: Error: nobody knows \*\*\*\)\n$/,
    );
    expect(stdout).toBe("");
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
  }, 60_000);

  it.each<[signal: NodeJS.Signals, command: string, code: number | null]>([
    ["SIGKILL", "run", null],
    ["SIGINT", "verify", 130],
  ])(
    "does not outlive us on %s",
    async (signal, command, code) => {
      const started = bench(command, ...served("silent"));
      await watching(started.child.pid as number);
      expect(running()).toHaveLength(1);
      started.child.kill(signal);
      expect((await started.ended).code).toBe(code);
      await gone();
    },
    60_000,
  );

  it("passes the checks of bench verify, as ours do", async () => {
    const { code, stdout, stderr } = await bench("verify", ...served("mcp/jsonrpc")).ended;
    expect(stdout).toContain("passed   echoes a plain body byte for byte");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(running()).toEqual([]);
  }, 60_000);
});
