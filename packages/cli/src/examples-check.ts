import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRun } from "@apb/report/read";
import { exitCodes } from "./exit-codes.ts";

/**
 * `pnpm examples:check`: runs every file in examples/ at a fiftieth of its time, as a person would, and looks whether all of
 * its thresholds were judged. Whether they were kept is this machine's affair.
 */
const examples = fileURLToPath(new URL("../../../examples/", import.meta.url));
const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const scale = "0.02";
/** One that has every operation. */
const binding = "a2a/rest";

interface Ended {
  readonly code: number;
  readonly stderr: string;
}

const folder = await mkdtemp(join(tmpdir(), "examples-"));
try {
  const files = (await readdir(examples, { recursive: true })).filter((file) => file.endsWith(".yaml")).sort();
  for (const [n, file] of files.entries()) await check(file, join(folder, String(n)));
} finally {
  await rm(folder, { recursive: true });
}

async function check(file: string, out: string): Promise<void> {
  const { code, stderr } = await bench(
    ...["run", join(examples, file), "--binding", binding, "--time-scale", scale, "--out", out],
  );
  if (code !== exitCodes.fine && code !== exitCodes.crossed) throw new Error(`${file} ended with ${code}:\n${stderr}`);
  const { info, results } = await readRun(out);
  const idle = (info.thresholds ?? []).filter(({ value }) => value === null);
  const failed = results.filter(({ status }) => status !== "measured");
  if (idle.length > 0) throw new Error(`${file}: no samples for ${idle.map(({ metric }) => metric).join(", ")}`);
  if (failed.length > 0) throw new Error(`${file}: ${failed.length} of ${results.length} cells were not measured`);
  const judged = `${info.thresholds?.length ?? 0} thresholds judged`;
  process.stdout.write(`${file}: exit ${code}, ${results.length} cells, ${judged}\n`);
}

function bench(...args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(process.execPath, ["--import", "tsx", main, ...args], { env }, (error, _stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, stderr });
    });
  });
}
