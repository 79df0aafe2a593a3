import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { plainEnvironment } from "./testing/bench-process.ts";
import { openWorktree } from "./worktree.ts";

const lockfile = [
  "lockfileVersion: '9.0'",
  "settings:",
  "  autoInstallPeers: true",
  "  excludeLinksFromLockfile: false",
  "importers:",
  "  .: {}",
  "",
];
const install = "-y --prefer-offline pnpm@12 install --frozen-lockfile --ignore-scripts";
const never = new AbortController().signal;

let place = "";
let repository = "";
let commit = "";

async function git(...args: string[]): Promise<string> {
  const who = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "init.defaultBranch=main"];
  return (await promisify(execFile)("git", [...who, ...args], { cwd: repository })).stdout.trim();
}

beforeAll(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), "worktree-test-")));
  repository = join(place, "repository");
  await mkdir(repository);
  await writeFile(join(repository, "package.json"), '{ "name": "tiny", "private": true }');
  await writeFile(join(repository, "pnpm-lock.yaml"), lockfile.join("\n"));
  await git("init");
  await git("add", ".");
  await git("commit", "-m", "one");
  commit = await git("rev-parse", "HEAD");
  // What is said of the hook would be said of its user's work.
  await writeFile(join(repository, ".git/hooks/post-checkout"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
});
afterAll(() => rm(place, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

/** An npx that does this, in the place of the one there is; worktrees are made in a folder of the test's own. */
async function withNpx(script: string): Promise<{ readonly temporary: string; readonly path: string }> {
  const folder = await mkdtemp(join(place, "npx-"));
  await writeFile(join(folder, "npx"), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, "npx"), 0o755);
  const temporary = join(folder, "tmp");
  await mkdir(temporary);
  const path = `${folder}:${process.env.PATH}`;
  vi.stubEnv("TMPDIR", temporary);
  vi.stubEnv("PATH", path);
  return { temporary, path };
}

/** The worktrees that git knows of beside the clone itself, and what is left in the folder. */
async function left(temporary: string): Promise<readonly string[]> {
  const known = (await git("worktree", "list", "--porcelain"))
    .split("\n")
    .filter((line) => line.startsWith("worktree "));
  const folders = (await readdir(temporary)).filter((name) => name.startsWith("bench-worktree-"));
  return [...known.filter((line) => line !== `worktree ${repository}`), ...folders];
}

/** Waits until this holds; the test's own time-out ends the wait. */
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A process of ours that opens a worktree, says where, and then waits to be killed. */
function opener(): ChildProcess {
  const code = `
    import { openWorktree } from ${JSON.stringify(new URL("worktree.ts", import.meta.url).href)};
    const { folder } = await openWorktree("HEAD", new AbortController().signal, ${JSON.stringify(repository)});
    process.stdout.write(folder);
    setInterval(() => undefined, 1000);`;
  const args = ["--import", "tsx", "--input-type=module", "--eval", code];
  return spawn(process.execPath, args, {
    env: { ...plainEnvironment(), TMPDIR: process.env.TMPDIR, PATH: process.env.PATH },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

describe("a worktree", () => {
  it("holds the commit, installed without the network, and is gone when disposed of", async () => {
    const temporary = await mkdtemp(join(place, "tmp-"));
    vi.stubEnv("TMPDIR", temporary);
    const worktree = await openWorktree("main", never, repository);
    expect(worktree.commit).toBe(commit);
    expect(await readFile(join(worktree.folder, "package.json"), "utf8")).toContain("tiny");
    expect(existsSync(join(worktree.folder, "node_modules"))).toBe(true);
    await worktree[Symbol.asyncDispose]();
    expect(await left(temporary)).toEqual([]);
  });

  it("is installed with the network where that is needed", async () => {
    const { temporary } = await withNpx('echo "$@" >> asked; case "$*" in *--offline*) exit 1;; esac');
    await using worktree = await openWorktree(commit.slice(0, 8), never, repository);
    const asked = await readFile(join(worktree.folder, "asked"), "utf8");
    expect(asked).toBe(`${install} --offline\n${install} --prefer-offline\n`);
    expect(await left(temporary)).toHaveLength(2);
  });

  it("leaves nothing when it cannot be installed, and says what pnpm said last", async () => {
    const { temporary } = await withNpx("echo × no such package at; echo ╰─▶ http://me:secret@localhost/x; exit 3");
    const how = "exit code 3: no such package at http://***@localhost/x";
    const message = `the packages of ${commit} (ref=main) could not be installed (${how})`;
    await expect(openWorktree("main", never, repository)).rejects.toThrow(message);
    expect(await left(temporary)).toEqual([]);
  });

  it("leaves nothing when it is aborted while it is installed", async () => {
    const { temporary } = await withNpx("echo $$ > started; sleep 1000");
    const controller = new AbortController();
    const opening = openWorktree("main", controller.signal, repository);
    const pid = await startedIn(temporary);
    controller.abort();
    await expect(opening).rejects.toMatchObject({ kind: "aborted" });
    expect(await left(temporary)).toEqual([]);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });
});

/** The process id that the npx of {@link withNpx} has left, once it has. */
async function startedIn(temporary: string): Promise<string> {
  let pid = "";
  await until(async () => {
    const folder = (await readdir(temporary)).find((name) => name.startsWith("bench-worktree-")) ?? "";
    pid = (await readFile(join(temporary, folder, "started"), "utf8").catch(() => "")).trim();
    return pid !== "";
  });
  return pid;
}

describe("a worktree of a process that is killed", () => {
  it("is gone when it was open", async () => {
    const { temporary } = await withNpx("exit 0");
    const child = opener();
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    expect(await left(temporary)).toHaveLength(2);
    child.kill("SIGKILL");
    await until(async () => (await left(temporary)).length === 0);
  }, 120_000);

  it("is gone when it was being installed, and so is what installed it", async () => {
    const { temporary } = await withNpx("echo $$ > started; sleep 1000");
    const child = opener();
    const pid = await startedIn(temporary);
    child.kill("SIGKILL");
    await until(async () => (await left(temporary)).length === 0);
    await until(() => !existsSync(`/proc/${pid}`));
  }, 120_000);
});

describe("a ref that cannot be had", () => {
  it.each(["nothing-of-this-name", "--help", "HEAD~1", "HEAD:package.json", ""])("%j is no commit", async (ref) => {
    const opening = openWorktree(ref, never, repository);
    await expect(opening).rejects.toMatchObject({
      kind: "usage",
      sentence: expect.stringContaining(`ref=${ref} is no`),
    });
  });

  it("needs a clone", async () => {
    const opening = openWorktree("main", never, place);
    await expect(opening).rejects.toMatchObject({ kind: "usage", sentence: expect.stringContaining("needs a clone") });
  });
});
