import { offers } from "./binding.ts";
import type { Check, Subject } from "./checks/check.ts";
import { messageChecks } from "./checks/messages.ts";
import { watchMissing } from "./checks/missing.ts";
import { asking, type OwnCall, ownChecks } from "./checks/own-call.ts";
import { sessionChecks } from "./checks/sessions.ts";
import { streamChecks } from "./checks/streams.ts";
import { taskChecks } from "./checks/tasks.ts";
import { abortFailure, asFailure, Failure } from "./failure.ts";

export type { Check, Subject };

/** What came of one check. */
export type CheckResult =
  | { readonly check: string; readonly status: "passed" }
  | { readonly check: string; readonly status: "skipped"; readonly reason: string }
  | { readonly check: string; readonly status: "failed"; readonly failure: Failure };

/** After so many checks in a row without any answer, the others are skipped: each would wait as long. */
const mostSilent = 3;

/** The checks, in the order they run. */
export const checks: readonly Check[] = [...messageChecks, ...streamChecks, ...taskChecks, ...sessionChecks];

/** How long to wait, and until when. */
export interface CheckOptions {
  /** No check may take longer; a hang is a failure of kind `timeout`. */
  readonly timeoutMs: number;
  /** Whether the server is somebody else's: checks that ask for agents it does not have are skipped. */
  readonly stranger?: boolean | undefined;
  /** A call of the user's own, for the checks that any agent will do for, and for some more. */
  readonly call?: OwnCall | undefined;
  readonly signal: AbortSignal;
}

/** Runs every check, one after the other; a failed or hanging check does not stop the others. Throws when `signal` is aborted. */
export async function runChecks(target: Subject, options: CheckOptions): Promise<CheckResult[]> {
  const { signal } = options;
  const results: CheckResult[] = [];
  let silent = 0;
  const { call } = options;
  const listed = options.stranger === true ? await agentsOf(target, options) : null;
  const ofCall = call === undefined ? [] : ownChecks(call);
  for (const check of [...ofCall, ...checks]) {
    const lacking = check.needs.filter((need) => !offers(target.binding, need));
    if (lacking.length > 0) {
      results.push({
        check: check.name,
        status: "skipped",
        reason: `${target.binding.id} has no ${lacking.join(", ")}`,
      });
      continue;
    }
    if (silent >= mostSilent) {
      results.push({ check: check.name, status: "skipped", reason: "the server has stopped answering" });
      continue;
    }
    const borrowed = call !== undefined && check.anyAgent === true;
    const asked = borrowed ? asking(target, call) : target;
    // The user's own agent is there, whatever it is listed as.
    const known = borrowed || ofCall.includes(check) ? null : listed;
    const subject = options.stranger === true ? watchMissing(asked, known) : { ...asked, missing: null };
    try {
      await withDeadline(options, (limited) => check.run(subject, limited));
      results.push({ check: check.name, status: "passed" });
      silent = 0;
    } catch (error) {
      if (signal.aborted) throw abortFailure(signal);
      const failure = asFailure(error);
      if (subject.missing !== null) {
        results.push({
          check: check.name,
          status: "skipped",
          reason: `cannot be tried: this server has no agent '${subject.missing}', as the bundled ones have`,
        });
        continue;
      }
      results.push({ check: check.name, status: "failed", failure });
      silent = failure.kind === "timeout" || failure.kind === "refused" ? silent + 1 : 0;
    }
  }
  return results;
}

/** The agents that a server lists; null where its protocol has no list of them, or it does not give one. */
async function agentsOf(target: Subject, options: CheckOptions): Promise<readonly string[] | null> {
  if (!offers(target.binding, "discover")) return null;
  let agents: readonly string[] | null = null;
  const look = async (signal: AbortSignal): Promise<void> => {
    await using session = await target.connect(signal);
    const reply = await session.call({ kind: "discover" }, signal);
    if (reply.kind === "agents") ({ agents } = reply);
  };
  // What is wrong with it a check says.
  await withDeadline(options, look).catch(() => undefined);
  return agents;
}

/** Rejects when the time is up even if the work ignores its signal: a hang is what a check must find. */
async function withDeadline(
  { timeoutMs, signal }: CheckOptions,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const deadline = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const failure = new Failure("timeout", `expected an answer within ${timeoutMs} ms, got none`);
      deadline.abort(failure);
      reject(failure);
    }, timeoutMs);
  });
  try {
    await Promise.race([work(AbortSignal.any([signal, deadline.signal])), late]);
  } finally {
    clearTimeout(timer);
  }
}
