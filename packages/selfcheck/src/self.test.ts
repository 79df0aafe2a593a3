import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { noValue } from "@apb/report/format";
import { expect, inject, it } from "vitest";
import { paths } from "./paths.ts";

const self = `${inject("programs")}/self.js`;

function start() {
  const child = spawn(process.execPath, ["--enable-source-maps", self, "--quick"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  return { child, said, closed: once(child, "close") };
}

it("prints a ceiling of every path, and what the harness costs", async () => {
  const { said, closed } = start();
  expect(await closed, said.stderr).toEqual([0, null]);
  const lines = said.stdout.split("\n");
  for (const { transport, client, binding } of paths) {
    const found = lines.filter((line) => line.startsWith(`${transport} `) && line.includes(` ${client} `));
    expect(found).toEqual([expect.stringContaining(binding)]);
    expect(found[0]).not.toContain(noValue);
  }
  for (const what of ["timer alone", "read the clock", "record a sample", "an iteration without a network"])
    expect(lines.filter((line) => line.startsWith(what))).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith("load, "))).toHaveLength(2);
  expect(said.stdout).toContain("Memory of the load generator");
});

it.skipIf(!existsSync("/proc/self/task"))("ends its processes when it is interrupted", async () => {
  const { child, said, closed } = start();
  while (!said.stderr.includes("ceiling of")) await once(child.stderr, "data");
  const pids = await childrenOf(child.pid as number);
  expect(pids.length).toBeGreaterThan(0);
  child.kill("SIGINT");
  expect(await closed).toEqual([130, null]);
  while (pids.some((pid) => existsSync(`/proc/${pid}`))) await new Promise((resolve) => setTimeout(resolve, 5));
});

async function childrenOf(pid: number): Promise<string[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8"));
  return (await Promise.all(lists)).flatMap((list) => list.split(" ").filter(Boolean));
}
