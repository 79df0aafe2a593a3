import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, inject, it } from "vitest";

const stall = `${inject("programs")}/stall.js`;

it("prints theory beside measurement, and the verdicts of the same stall under both loads", async () => {
  const child = spawn(process.execPath, ["--enable-source-maps", stall, "--quick"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  expect(await once(child, "close"), said.stderr).toEqual([0, null]);
  const lines = said.stdout.split("\n");
  for (const what of [
    "requests",
    "response time, mean",
    "response time, p99",
    "service time, mean",
    "service time, p99",
  ])
    expect(lines.filter((line) => new RegExp(`^${what}.* <?[\\d,.]+ +[\\d,.]+ .* (yes|NO)$`).test(line))).toHaveLength(
      1,
    );
  for (const what of ["closed, calm", "closed, stopped", "open, stopped"])
    expect(lines.filter((line) => new RegExp(`^${what} .* [\\d,.]+ +[a-z-]+`).test(line))).toHaveLength(1);
});
