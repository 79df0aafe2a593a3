import type { Headers } from "@apb/core/binding";
import type { ServerKind } from "@apb/core/cell";
import type { CheckOutcome } from "@apb/generator/channel";
import { startGenerator } from "@apb/runner/generator-process";
import { startServer } from "@apb/runner/server";
import pc from "picocolors";
import { headersOf } from "./call-flags.ts";
import { files } from "./catalog.ts";
import { maskingOf } from "./discreet.ts";
import { exitCodes } from "./exit-codes.ts";
import type { RunFlags } from "./flags.ts";
import { selectBindings, selectServers } from "./selection.ts";
import { deviationsOf, requireInstalled, withoutServer } from "./servers.ts";
import { requireTarget } from "./target-probe.ts";

/** How long a check may wait for an answer. */
const checkMs = 10_000;

/** Runs the shared checks against our servers or the target and prints each. Resolves with the exit code. */
export async function verify(
  flags: Pick<RunFlags, "protocol" | "binding" | "target" | "server" | "client" | "header" | "envHeader">,
): Promise<number> {
  const servers = selectServers(flags);
  const asked = flags.protocol === undefined && flags.binding === undefined ? { ...flags, binding: ["all"] } : flags;
  const bindings = selectBindings(flags.target === undefined ? asked : flags);
  requireInstalled(servers, bindings, asked.binding);
  const headers = headersOf(flags);
  const [first] = bindings;
  if (flags.target !== undefined && first !== undefined)
    await requireTarget(first, { url: flags.target, client: flags.client[0] ?? "wire", headers, call: null });
  let failed = 0;
  for (const { id, spec } of bindings) {
    process.stdout.write(`${pc.bold(id)}  ${spec.name} ${spec.version}\n`);
    for (const kind of servers) {
      if (servers.length > 1) process.stdout.write(`  ${pc.dim(`${kind} server`)}\n`);
      failed += await verifyServer(id, kind, { ...flags, headers });
    }
  }
  return failed === 0 ? exitCodes.fine : exitCodes.failed;
}

/** One binding behind one kind of server, with every client. Resolves with the number of checks that failed. */
async function verifyServer(
  id: string,
  kind: ServerKind,
  { target, client: clients, headers }: Pick<RunFlags, "target" | "client"> & { readonly headers: Headers },
): Promise<number> {
  const absent = withoutServer(kind, id);
  if (absent !== null) {
    process.stdout.write(`  ${pc.dim("no server")}: ${absent}\n`);
    return 0;
  }
  const own = { file: files.server, bindings: [id], port: 0, delayMs: 0, workMs: 0 };
  await using server = kind === "external" ? null : await startServer({ ...own, server: kind });
  await using generator = startGenerator(files.generator);
  const url = server?.urls[id] ?? (target as string);
  let failed = 0;
  for (const client of clients) {
    if (clients.length > 1) process.stdout.write(`  ${pc.dim(`${client} client`)}\n`);
    const outcomes = await generator.verify({
      ...{ binding: id, url, client, headers, timeoutMs: checkMs },
      stranger: kind === "external",
    });
    const said = maskingOf({ url: target, headers });
    const told = outcomes.map((outcome) => ({ ...outcome, reason: said(outcome.reason) }));
    failed += printed(told, deviationsOf(kind, id));
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
