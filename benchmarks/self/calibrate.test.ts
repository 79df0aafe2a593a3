import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const calibrate = fileURLToPath(new URL("calibrate.ts", import.meta.url));
/** The program on a machine that has none of the tools but the one among our own packages. */
async function start(...flags: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), "calibrate-test-"));
  const child = spawn(process.execPath, ["--import", "tsx", calibrate, ...flags], {
    env: { ...process.env, PATH: folder, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  const closed = once(child, "close").then(async ([code]) => {
    const left = (await readdir(folder)).filter((name) => name.startsWith("bench-"));
    await rm(folder, { recursive: true, force: true });
    return { code, left };
  });
  return { child, said, closed };
}

it("names the tools that are missing, and prints our rows and those of the tools that are not", async () => {
  const { said, closed } = await start("--quick");
  expect(await closed, said.stderr).toEqual({ code: 0, left: [] });
  for (const missing of ["wrk", "ab", "h2load", "ghz", "k6"])
    expect(said.stdout).toMatch(new RegExp(`^${missing} is not installed, see https://`, "m"));
  for (const client of ["wire", "library"])
    expect(said.stdout.match(new RegExp(`^this, ${client} +[\\d,]+ `, "gm"))).toHaveLength(2);
  expect(said.stdout.match(/^autocannon \S+ +[\d,]+ /gm)).toHaveLength(1);
});

it.skipIf(!existsSync("/proc/self/task"))("leaves no process and no file when it is interrupted", async () => {
  const { child, said, closed } = await start("--quick");
  while (!said.stderr.includes("autocannon")) await once(child.stderr, "data");
  const pids = await childrenOf(child.pid as number);
  expect(pids.length).toBeGreaterThanOrEqual(3);
  child.kill("SIGINT");
  expect(await closed).toEqual({ code: 130, left: [] });
  while (pids.some((pid) => existsSync(`/proc/${pid}`))) await new Promise((resolve) => setTimeout(resolve, 20));
});

async function childrenOf(pid: number): Promise<string[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8"));
  return (await Promise.all(lists)).flatMap((list) => list.split(" ").filter(Boolean));
}

it("refuses flags that are none", async () => {
  const { said, closed } = await start("--rounds", "many");
  expect(await closed).toEqual({ code: 1, left: [] });
  expect(said.stderr).toContain("--rounds many: expected a whole number from 1 to 99");
});
