import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";

/** Waits for a word on its standard input, which ends when we do, however that is, and then ends the group. */
const script = 'read -r _; kill -s KILL -- "-$1"';

/**
 * Watches that a process, the leader of a group, does not outlive us when we are killed and can do nothing more: our own
 * processes see their channel close, which a stranger's has not. Without a POSIX shell nobody does.
 */
export function keeper({ pid }: ChildProcess): { dismiss(): void } {
  const watch = spawn("sh", ["-c", script, "sh", String(pid)], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  watch.on("error", () => undefined);
  watch.unref();
  (watch.stdin as Socket).on("error", () => undefined).unref();
  return { dismiss: () => void watch.kill("SIGKILL") };
}
