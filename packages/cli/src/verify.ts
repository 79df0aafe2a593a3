import { startGenerator } from "@apb/runner/generator-process";
import { startServer } from "@apb/runner/server";
import pc from "picocolors";
import { files } from "./catalog.ts";
import { exitCodes } from "./exit-codes.ts";
import { type RunFlags, selectBindings } from "./selection.ts";

/** Runs the shared checks against our servers or the target and prints each. Resolves with the exit code. */
export async function verify(flags: Pick<RunFlags, "protocol" | "binding" | "target" | "client">): Promise<number> {
  const asked = flags.protocol === undefined && flags.binding === undefined ? { ...flags, binding: ["all"] } : flags;
  const bindings = selectBindings(flags.target === undefined ? asked : flags);
  let failed = 0;
  for (const { id, spec } of bindings) {
    process.stdout.write(`${pc.bold(id)}  ${spec.name} ${spec.version}\n`);
    await using server =
      flags.target === undefined
        ? await startServer({ file: files.server, bindings: [id], port: 0, delayMs: 0, workMs: 0 })
        : null;
    await using generator = startGenerator(files.generator);
    const url = server?.urls[id] ?? (flags.target as string);
    for (const client of flags.client) {
      if (flags.client.length > 1) process.stdout.write(`  ${pc.dim(`${client} client`)}\n`);
      for (const { check, status, reason } of await generator.verify({ binding: id, url, client })) {
        const mark = { passed: pc.green("passed "), skipped: pc.dim("skipped"), failed: pc.red("failed ") }[status];
        process.stdout.write(`  ${mark}  ${check}${reason === "" ? "" : `: ${reason}`}\n`);
        if (status === "failed") failed++;
      }
    }
  }
  return failed === 0 ? exitCodes.fine : exitCodes.failed;
}
