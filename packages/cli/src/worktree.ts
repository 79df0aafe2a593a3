import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, realpath, rmdir } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { abortFailure, Failure } from "@apb/core/failure";
import { endText } from "@apb/core/last-words";
import { maskedText } from "@apb/core/url";
import { endGroup } from "@apb/runner/process-group";
import { files } from "./catalog.ts";
import { isClone } from "./origin.ts";

/** A commit of this repository, checked out and installed in a folder of its own. Disposing removes the folder and all that git knows of it. */
export interface Worktree extends AsyncDisposable {
  /** Absolute, and without symbolic links. */
  readonly folder: string;
  /** Its full hash. */
  readonly commit: string;
}

/**
 * Checks a commit out into a temporary folder and installs it there, without the network where the packages are known.
 * Nothing is left of it when this throws, when the signal aborts it, or when we are killed. Throws `usage` when there is no
 * clone or no such commit, `environment` when git, a shell or the installation fails, and `aborted`.
 */
export async function openWorktree(ref: string, signal: AbortSignal, repository = files.root): Promise<Worktree> {
  const commit = await commitOf(ref, repository);
  const folder = await realpath(await mkdtemp(join(tmpdir(), "bench-worktree-")));
  const remover = await startRemover(folder, repository);
  try {
    const run = (cwd: string, ...words: Words): Promise<Outcome> => runIn(cwd, words, remover, signal);
    // A hook of the user's, as after a checkout, is for his own work.
    const hooks = ["-c", "core.hooksPath=/dev/null"];
    const added = await run(repository, "git", ...hooks, "worktree", "add", "--detach", folder, commit);
    if (!added.ok) throw new Failure("environment", `git could not check out ${commit} (${added.how})`);
    await install(folder, `${commit} (ref=${ref})`, run);
    return { folder, commit, [Symbol.asyncDispose]: remover.remove };
  } catch (error) {
    await remover.remove();
    throw error;
  }
}

type Words = [program: string, ...args: string[]];

/** How a program ended, with what it said last. */
interface Outcome {
  readonly ok: boolean;
  readonly how: string;
}

/** Ours without what a git that has called us says of its own place: it would be taken for the place of every other. */
function environment(): NodeJS.ProcessEnv {
  const { GIT_DIR: _, GIT_WORK_TREE: __, GIT_INDEX_FILE: ___, ...env } = process.env;
  return { ...env, CI: "true" };
}

async function commitOf(ref: string, repository: string): Promise<string> {
  if (!isClone || !existsSync(join(repository, ".git")))
    throw new Failure("usage", `ref=${ref} needs a clone of the repository, made by git clone; there is none here`);
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
  try {
    return (await promisify(execFile)("git", args, { cwd: repository, env: environment() })).stdout.trim();
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT")
      throw new Failure("environment", `ref=${ref} needs git, and there is no program git; install it`, { cause });
    const fetch = "fetch it first where the clone is shallow (git fetch --unshallow)";
    throw new Failure(
      "usage",
      `ref=${ref} is no commit of this repository; give a branch, a tag or a hash, or ${fetch}`,
    );
  }
}

async function install(
  folder: string,
  what: string,
  run: (cwd: string, ...words: Words) => Promise<Outcome>,
): Promise<void> {
  const pnpm = (how: string): Promise<Outcome> => {
    const args = ["install", "--frozen-lockfile", "--ignore-scripts", how];
    return run(folder, "npx", "-y", "--prefer-offline", "pnpm@12", ...args);
  };
  if ((await pnpm("--offline")).ok) return;
  const { ok, how } = await pnpm("--prefer-offline");
  if (!ok) throw new Failure("environment", `the packages of ${what} could not be installed (${how})`);
}

/** The end of what a program said, in characters. */
const mostSaid = 600;

/** pnpm draws its errors as a tree, over lines of 80 characters; the addresses in them may hold a registry's password. */
function onOneLine(said: string): string {
  return maskedText(said.replaceAll(/[×├│╰─▶\s]+/g, " ").trim());
}

/** Runs a program in a group of processes of its own, so that an abort and the remover end what it has started too. */
async function runIn(cwd: string, words: Words, remover: Remover, signal: AbortSignal): Promise<Outcome> {
  if (signal.aborted) throw abortFailure(signal);
  const [program, ...args] = words;
  const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
  const child = spawn(program, args, { cwd, env: environment(), stdio, detached: true });
  remover.watch(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-mostSaid);
    });
  let ending: Promise<void> | null = null;
  const end = (): void => {
    ending = endGroup(child);
  };
  signal.addEventListener("abort", end, { once: true });
  try {
    const how = await new Promise<string>((resolve) => {
      child.once("close", () => resolve(endText(child, onOneLine(said))));
      child.once("error", (error) => resolve(error.message));
    });
    if (signal.aborted) throw abortFailure(signal);
    return { ok: child.exitCode === 0, how };
  } finally {
    signal.removeEventListener("abort", end);
    await ending;
    remover.watch(null);
  }
}

/** Removes the folder when told, or when we end, however that is. */
interface Remover {
  /** The process, the leader of a group, that must end first; null for none. */
  watch(leader: ChildProcess | null): void;
  /** Resolves once nothing is left. Throws `environment` when something is. */
  remove(): Promise<void>;
}

/**
 * Every line on its standard input names the group to end first, an empty one none; it removes the folder when that input
 * ends. Forced twice, git also forgets a worktree that it was about to make; `git worktree prune` would not, and would take
 * the user's own whose folder is only not mounted.
 */
const script = `
group=
while read -r line; do group=$line; done
if [ -n "$group" ]; then kill -s KILL -- "-$group"; fi
for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" && break; sleep 0.1; done
git worktree remove --force --force "$1"
test ! -e "$1"`;

async function startRemover(folder: string, repository: string): Promise<Remover> {
  const shell = spawn("sh", ["-c", script, "sh", folder], {
    ...{ cwd: repository, env: environment(), stdio: ["pipe", "ignore", "ignore"], detached: true },
  });
  await new Promise((resolve, reject) => {
    shell.once("spawn", resolve);
    shell.once("error", ({ message }) => reject(new Failure("environment", `a worktree needs a shell: ${message}`)));
  }).catch(async (error) => {
    await rmdir(folder);
    throw error;
  });
  const input = shell.stdin as Socket;
  input.on("error", () => undefined).unref();
  shell.unref();
  const ended = new Promise<void>((resolve, reject) => {
    const left = new Failure(
      "environment",
      `${folder} could not be removed; remove it by git worktree remove --force ${folder}`,
    );
    shell.once("exit", (code) => (code === 0 ? resolve() : reject(left)));
  });
  ended.catch(() => undefined);
  return {
    watch: (leader) => void input.write(`${leader?.pid ?? ""}\n`),
    remove: () => {
      shell.ref();
      input.end();
      return ended;
    },
  };
}
