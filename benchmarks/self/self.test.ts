import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { noValue } from "@apb/report/format";
import { expect, it } from "vitest";
import { paths } from "./paths.ts";

const self = fileURLToPath(new URL("self.ts", import.meta.url));

it("prints a ceiling of every path, and what the harness costs", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", self, "--quick"]);
  const lines = stdout.split("\n");
  for (const { transport, client, binding } of paths) {
    const found = lines.filter((line) => line.startsWith(`${transport} `) && line.includes(` ${client} `));
    expect(found).toEqual([expect.stringContaining(binding)]);
    expect(found[0]).not.toContain(noValue);
  }
  for (const what of ["timer alone", "read the clock", "record a sample", "an iteration without a network"])
    expect(lines.filter((line) => line.startsWith(what))).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith("load, "))).toHaveLength(2);
  expect(stdout).toContain("Memory of the load generator");
});
