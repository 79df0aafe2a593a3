import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, inject, it } from "vitest";

const calibrate = `${inject("programs")}/calibrate.js`;

/** The program on a machine that has none of the tools but the one among our own packages. */
async function run(...flags: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ["--enable-source-maps", calibrate, ...flags], {
    env: { ...process.env, PATH: "/nonexistent" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  const [code] = await once(child, "close");
  return { code, ...said };
}

it("names the tools that are missing, and prints our rows and those of the tools that are not", async () => {
  const { code, stdout, stderr } = await run("--quick");
  // On a machine that is busy counts and clocks may be troubled, which it says and ends with 1.
  expect(code, `${stderr}\n${stdout}`).toSatisfy(
    (ended) => ended === 0 || (ended === 1 && /^· {2}[^:]+: /m.test(stdout)),
  );
  for (const missing of ["wrk", "ab", "h2load", "ghz", "k6"])
    expect(stdout).toMatch(new RegExp(`^${missing} is not installed, see https://`, "m"));
  for (const client of ["wire", "library"])
    expect(stdout.match(new RegExp(`^this, ${client} +[\\d,]+ `, "gm"))).toHaveLength(2);
  expect(stdout.match(/^autocannon \S+ +[\d,]+ /gm)).toHaveLength(1);
});

it("refuses flags that are none", async () => {
  const { code, stderr } = await run("--rounds", "many");
  expect(code).toBe(1);
  expect(stderr).toBe("error: --rounds many: expected a whole number from 1 to 99\n");
});
