import type { Headers } from "@apb/core/binding";
import type { Call } from "@apb/core/call";
import { isOwnServer, type ServerKind } from "@apb/core/cell";
import type { CheckOutcome } from "@apb/generator/channel";
import { startGenerator } from "@apb/runner/generator-process";
import { untilAborted, whileServing } from "@apb/runner/races";
import pc from "picocolors";
import { callOf, headersOf } from "./call-flags.ts";
import { files } from "./catalog.ts";
import { type CommandFlags, commandOf } from "./command-flags.ts";
import { maskingOf, secretsOf } from "./discreet.ts";
import { exitCodes } from "./exit-codes.ts";
import type { RunFlags } from "./flags.ts";
import { interruption } from "./interruption.ts";
import { selectBindings, selectServers } from "./selection.ts";
import { requireInstalled, withoutServer } from "./servers.ts";
import { type Subjects, startSubject } from "./subject.ts";
import { requireTarget } from "./target-probe.ts";

/** How long a check may wait for an answer. */
const checkMs = 10_000;

/** What an agent of the user's is told where nothing else is said. */
const usualBody = "Hello, agent.";

/** The flags of `verify`. */
export type VerifyFlags = CommandFlags &
  Pick<RunFlags, "protocol" | "binding" | "server" | "client" | "agent" | "body" | "expect" | "header" | "envHeader">;

/** Runs the shared checks against our servers, the target, or a server that a command starts, and prints each. Resolves with the exit code. */
export async function verify(flags: VerifyFlags): Promise<number> {
  const { target: url } = flags;
  const servers = selectServers(flags);
  const asked = flags.protocol === undefined && flags.binding === undefined ? { ...flags, binding: ["all"] } : flags;
  const bindings = selectBindings(url === undefined && flags.serve === undefined ? asked : flags);
  requireInstalled(servers, bindings, asked.binding);
  const target = url === undefined ? null : { url, pid: null };
  const headers = headersOf(flags);
  const call = callOf(flags);
  const subjects = { target, command: commandOf(flags, bindings), headers, delayMs: 0, workMs: 0 };
  const [first] = bindings;
  if (url !== undefined && subjects.command === null && first !== undefined)
    await requireTarget(first, { url, client: flags.client[0] ?? "wire", headers, call, echoes: false });
  const { signal, release } = interruption("ending the servers");
  let failed = 0;
  try {
    for (const { id, spec } of bindings) {
      process.stdout.write(`${pc.bold(id)}  ${spec.name} ${spec.version}\n`);
      for (const kind of servers) {
        if (servers.length > 1) process.stdout.write(`  ${pc.dim(`${kind} server`)}\n`);
        failed += await verifyServer(id, kind, { subjects, call, clients: flags.client, signal });
      }
    }
  } finally {
    release();
  }
  return failed === 0 ? exitCodes.fine : exitCodes.failed;
}

interface Verifying {
  readonly subjects: Subjects & { readonly headers: Headers };
  readonly call: Call | null;
  readonly clients: VerifyFlags["client"];
  readonly signal: AbortSignal;
}

/** One binding behind one kind of server, with every client. Resolves with the number of checks that failed. */
async function verifyServer(
  id: string,
  kind: ServerKind,
  { subjects, call, clients, signal }: Verifying,
): Promise<number> {
  const absent = withoutServer(kind, id);
  if (absent !== null) {
    process.stdout.write(`  ${pc.dim("no server")}: ${absent}\n`);
    return 0;
  }
  const { headers } = subjects;
  const said = maskingOf(secretsOf(subjects));
  await using server = await startSubject(id, kind, subjects, signal);
  await using generator = startGenerator(files.generator);
  let failed = 0;
  for (const client of clients) {
    if (clients.length > 1) process.stdout.write(`  ${pc.dim(`${client} client`)}\n`);
    const checked = generator.verify({
      ...{ binding: id, url: server.url, client, headers, timeoutMs: checkMs },
      stranger: !isOwnServer(kind),
      ...(call === null ? {} : { call: { ...call, body: call.body ?? usualBody } }),
    });
    const outcomes = await untilAborted(whileServing(checked, server), signal);
    const told = outcomes.map((outcome) => ({ ...outcome, reason: said(outcome.reason) }));
    failed += printed(told, server.deviations);
  }
  return failed;
}

/** Prints outcomes, and counts those that failed other than known. */
function printed(outcomes: readonly CheckOutcome[], known: Readonly<Record<string, string>>): number {
  for (const { check, status, reason } of outcomes) {
    if (status === "failed" && known[check] !== undefined) {
      process.stdout.write(`  ${pc.yellow("known  ")}  ${check}: ${known[check]}\n`);
      continue;
    }
    const mark = { passed: pc.green("passed "), skipped: pc.dim("skipped"), failed: pc.red("failed ") }[status];
    process.stdout.write(`  ${mark}  ${check}${reason === "" ? "" : `: ${reason}`}\n`);
  }
  return outcomes.filter(({ check, status }) => status === "failed" && known[check] === undefined).length;
}
