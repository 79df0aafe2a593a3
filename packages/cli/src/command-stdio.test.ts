import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRun } from "@apb/report/read";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bench, tiny } from "./testing/bench-process.ts";

const file = fileURLToPath(new URL("testing/session-server.mjs", import.meta.url));
const key = "t0psecret";

let folder = "";
let out = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-test-"));
  out = join(folder, "run");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Flags for a server of this test's own, of which every process has the folder's name in its command line. */
function served(manner: string): readonly string[] {
  return ["--binding", "mcp/stdio", "--serve", `'${process.execPath}' '${file}' ${manner} 'of ${folder}'`];
}

const withKey = ["--serve-env", `API_KEY=${key}`];

function threeSessions(): readonly string[] {
  return ["--scenario", "concurrency-ladder", "--connections", "3", "--iterations", "3000", "--out", out];
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

describe("a server that a command starts for each session", () => {
  it("is measured, all of its processes together, and none is left", async () => {
    const { code, stdout, stderr } = await bench("run", ...tiny, ...served("kind"), ...withKey, ...threeSessions())
      .ended;
    expect(stderr).toContain("stored in");
    expect(code).toBe(0);
    expect(running()).toEqual([]);
    const { info, results } = await readRun(out);
    expect(info.selection).toMatchObject({ servers: ["command"], serveEnv: ["API_KEY"], serve: served("kind")[3] });
    expect(info.selection.target).toBeUndefined();
    const [result] = results;
    expect(result).toMatchObject({
      status: "measured",
      cell: { binding: "mcp/stdio", server: "command" },
      connections: { asked: 3, held: 3 },
      steps: { connect: { count: 3 } },
      server: { rssIdleBytes: 0, cpuMsPerOperation: expect.any(Number) },
    });
    // Node takes more than 30 MiB.
    if (result?.status === "measured") expect(result.server?.rssConnectedBytes).toBeGreaterThan(3 * 30 * 1024 * 1024);
    const stored = await Promise.all((await readdir(out)).map((name) => readFile(join(out, name), "utf8")));
    expect([stdout, stderr, ...stored].join("\n")).not.toContain(key);
  }, 60_000);

  it("is named with its last words where it does not come up", async () => {
    const { code, stderr } = await bench("run", ...tiny, ...served("kind"), ...threeSessions()).ended;
    expect(stderr).toMatch(
      /^error: the server of --serve does not answer as .*\(exit code 1: Error: expected an API_KEY\)\n$/,
    );
    expect(code).toBe(1);
  }, 60_000);

  it("does not outlive a program that is killed, however stubborn it is", async () => {
    const { child, ended } = bench("verify", ...served("stubborn"), ...withKey);
    while (running().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGKILL");
    await ended;
    while (running().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }, 60_000);
});
