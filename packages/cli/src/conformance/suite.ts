import { spawn } from "node:child_process";
import { access, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "@apb/core/failure";
import { parse } from "yaml";
import { files } from "../catalog.ts";
import { type Check, type Role, type ScenarioResult, scenarioOf, scenarioResult } from "./results.ts";
import { expectedOf, type Requirements, type Revision } from "./scenario-sets.ts";

/** The official conformance suite of MCP: https://github.com/modelcontextprotocol/conformance */
export const suiteName = "@modelcontextprotocol/conformance";
/** The first release with revision 2026-07-28 has no tag on npm yet. */
export const suiteVersion = "0.2.0-alpha.12";

const folder = join(files.root, "node_modules/.cache/mcp-conformance", suiteVersion);
const suite = join(folder, "node_modules", suiteName);
const shim = new URL("./glob-sync.mjs", import.meta.url).href;

/** Fetches the suite from npm unless it is there. Throws `environment` when that fails. */
export async function fetchSuite(signal: AbortSignal): Promise<void> {
  // What npm writes last.
  const there = await access(join(folder, "node_modules/.package-lock.json")).then(
    () => true,
    () => false,
  );
  if (there) return;
  process.stderr.write(`fetching ${suiteName} ${suiteVersion} into ${folder}\n`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "private": true }\n');
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  const args = ["install", "--prefix", folder, ...flags, `${suiteName}@${suiteVersion}`];
  const { code, said } = await run("npm", args, signal);
  if (code !== 0) throw new Failure("environment", `npm could not fetch ${suiteName}: ${said}`);
}

/** What a revision requires, as the suite has frozen it. */
export async function readRequirements(revision: Revision): Promise<Requirements> {
  return parse(await readFile(join(suite, "requirements", `${revision}.yaml`), "utf8")) as Requirements;
}

/**
 * Runs the suite for one side and resolves with the result of every scenario that it ran, read from the files that it
 * leaves in the folder of that name in its cache, and with its exit code. Throws `environment` when it leaves none.
 */
export async function runSuite(
  role: Role,
  folderName: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly code: number | null; readonly results: readonly ScenarioResult[] }> {
  const place = join(folder, "results", folderName);
  await rm(place, { recursive: true, force: true });
  const entry = join(suite, "dist/index.js");
  const { code, said } = await run(process.execPath, ["--import", shim, entry, role, ...args, "-o", place], signal);
  signal.throwIfAborted();
  const left = await readdir(place).catch(() => []);
  if (left.length === 0) throw new Failure("environment", `the suite has left no results in ${place}: ${said}`);
  const results = await Promise.all(
    left.map(async (name) => {
      const checks = await readFile(join(place, name, "checks.json"), "utf8").catch(() => "[]");
      const scenario = scenarioOf(name, role);
      const expected = role === "client" ? expectedOf(scenario) : [];
      return scenarioResult(scenario, JSON.parse(checks) as readonly Check[], expected);
    }),
  );
  return { code, results };
}

/** Runs a program in a group of its own, so that aborting ends what it has started too. `said` is the end of its output. */
function run(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly code: number | null; readonly said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: files.root, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let said = "";
    const hear = (chunk: Buffer): void => {
      said = (said + chunk.toString("utf8")).slice(-2000);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    const end = (): void => {
      try {
        // Also when it has ended itself: what it started may live on, and keeps its pipes open.
        if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
      } catch {
        // Nobody is left of the group.
      }
    };
    signal.addEventListener("abort", end, { once: true });
    child.once("error", (cause) => {
      signal.removeEventListener("abort", end);
      reject(new Failure("environment", `${program} cannot start: ${cause.message}`));
    });
    child.once("close", (code) => {
      signal.removeEventListener("abort", end);
      resolve({ code, said: said.trim() });
    });
    if (signal.aborted) end();
  });
}
