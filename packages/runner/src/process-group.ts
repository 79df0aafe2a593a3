import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** How long a group that was asked to end may take. */
const graceMs = 5000;
/** The kernel ends what is killed in far less. */
const killMs = 1000;
const lookMs = 10;

/** Sends a signal to a process that leads a group, and to all that it has started in it. Never throws. */
export function signalGroup(leader: ChildProcess, signal: NodeJS.Signals): void {
  if (leader.pid === undefined) return;
  try {
    process.kill(-leader.pid, signal);
  } catch {
    // Windows has no groups; elsewhere it has just ended.
    leader.kill(signal);
  }
}

/** Asks a process and all of its group to end, and makes those that have not done so within 5 s. Resolves once none is left. */
export function endGroup(leader: ChildProcess): Promise<void> {
  signalGroup(leader, "SIGTERM");
  return new Promise((resolve) => {
    const force = setTimeout(() => signalGroup(leader, "SIGKILL"), graceMs);
    const leave = (): void => {
      clearTimeout(force);
      clearTimeout(limit);
      clearInterval(looking);
      resolve();
    };
    const limit = setTimeout(leave, graceMs + killMs);
    const looking = setInterval(() => {
      if (!lives(leader)) leave();
    }, lookMs);
  });
}

/** Whether any process of the group runs. */
function lives({ pid, exitCode, signalCode }: ChildProcess): boolean {
  if (pid === undefined) return false;
  const leads = exitCode === null && signalCode === null;
  try {
    process.kill(-pid, 0);
  } catch {
    return leads;
  }
  return leads || runsOf(pid);
}

/** What has ended counts as a member until its parent has waited for it, which of an orphan may be late or never. */
function runsOf(group: number): boolean {
  try {
    return readdirSync("/proc").some((pid) => /^\d+$/.test(pid) && runsIn(pid, group));
  } catch {
    // There is no /proc here.
    return true;
  }
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the name in parentheses, then state, parent and group. */
function runsIn(pid: string, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "Z", , of] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(of) === group && state !== "Z" && state !== "X";
  } catch {
    return false;
  }
}
