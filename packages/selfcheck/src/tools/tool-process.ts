import { spawn } from "node:child_process";
import { once } from "node:events";
import { Failure } from "@apb/core/failure";
import type { Tool } from "./tool.ts";

/** A tool at work. It is killed when the signal is aborted, and when it takes no end. */
export interface ToolProcess {
  readonly pid: number | null;
  /** What it printed, once it has ended well. Rejects with `environment` when it ended otherwise or is not there. */
  readonly stdout: Promise<string>;
}

const longestMs = 60_000;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a tool with these arguments. */
export function startTool(tool: Tool, args: readonly string[], signal: AbortSignal): ToolProcess {
  const { pid, ended } = start(tool, args, signal);
  return { pid, stdout: ended.then((how) => requireWell(tool, how)) };
}

/** A tool's version, empty when it does not tell; null when it is not installed. */
export async function versionOf(tool: Tool, signal: AbortSignal): Promise<string | null> {
  try {
    const { stdout, stderr } = await start(tool, tool.versionArgs, signal).ended;
    return /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] ?? "";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function start(
  tool: Tool,
  args: readonly string[],
  signal: AbortSignal,
): { readonly pid: number | null; readonly ended: Promise<Ended> } {
  const [program, ...before] = tool.command();
  const child = spawn(program, [...before, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    // The signal's own time-out, for spawn's keeps this process waiting when the program is not there.
    signal: AbortSignal.any([signal, AbortSignal.timeout(longestMs)]),
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return {
    pid: child.pid ?? null,
    ended: once(child, "close").then(([code]: (number | null)[]) => ({ code: code ?? null, stdout, stderr })),
  };
}

function requireWell(tool: Tool, { code, stdout, stderr }: Ended): string {
  if (code === 0) return stdout;
  const words = (stderr || stdout).trim().split("\n").at(-1);
  throw new Failure(
    "environment",
    `${tool.name} ended with ${code === null ? "a signal" : `exit code ${code}`}: ${words}`,
  );
}
