import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { files } from "./catalog.ts";
import { benchCommand } from "./testing/bench-process.ts";

const start = promisify(execFile);

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly concurrency: { readonly group: string };
  readonly jobs: Readonly<Record<string, { readonly "timeout-minutes": number; readonly steps: readonly Step[] }>>;
}

const read = (path: string): Promise<string> => readFile(join(files.root, path), "utf8");
const script = await read(".ci/run");
const workflows = await Promise.all(
  ["ci", "nightly", "publish"].map(async (name) => ({
    name,
    ...(parse(await read(`.github/workflows/${name}.yml`)) as Workflow),
  })),
);
const steps = workflows.flatMap(({ jobs }) => Object.values(jobs).flatMap((job) => job.steps));
const nightly = workflows[1] as Workflow;

describe.each(workflows)("$name.yml", (workflow) => {
  it("may only read the repository, runs once at a time and not for ever", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(workflow.concurrency.group).toContain(workflow.name);
    for (const job of Object.values(workflow.jobs)) expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
  });
});

describe("what the workflows run", () => {
  const commands = [script.replaceAll(/^step /gm, "pnpm@12 "), ...steps.map(({ run }) => run ?? "")]
    .join("\n")
    .matchAll(/pnpm@12 (?:--silent )?([a-z]\S*)(.*)/g);
  const used = [...commands].map(([, command, rest]) => ({ command: command as string, rest: rest as string }));

  it("are scripts that package.json has", async () => {
    const { scripts } = JSON.parse(await read("package.json")) as { scripts: object };
    const known = ["install", ...Object.keys(scripts)];
    expect(used.map(({ command }) => command).filter((command) => !known.includes(command))).toEqual([]);
    expect(new Set(used.map(({ command }) => command))).toEqual(
      new Set(["install", "lint", "typecheck", "test", "examples:check", "pack:check", "bench", "conformance"]),
    );
  });

  it("are commands and flags that bench has", async () => {
    for (const { rest } of used.filter(({ command }) => command === "bench")) {
      const command = /^ (report|compare)\b/.exec(rest)?.[1] ?? "run";
      const [program, ...words] = benchCommand([command, "--help"]);
      const { stdout: help } = await start(program, words);
      for (const [flag] of rest.matchAll(/--[a-z-]+/g)) expect(help).toContain(`${flag} `);
    }
  });

  it("uses actions of GitHub's own, each at a version", () => {
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^actions\/[a-z/-]+@v\d+$/);
  });

  it("is .ci/run for every change, which bash can read", async () => {
    expect(workflows[0]?.jobs.check?.steps.at(-1)?.run).toBe(".ci/run");
    await start("bash", ["-n", join(files.root, ".ci/run")]);
  });
});

describe("a night", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "night-"));
    await writeFile(join(folder, "npx"), '#!/bin/sh\necho "$@"\nexit "$CODE"\n');
    await chmod(join(folder, "npx"), 0o755);
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** One step's commands, as the runner starts them, with an npx that only says what it was asked. */
  async function step(name: string, code = 0): Promise<string> {
    const run = nightly.jobs.standard?.steps.find((candidate) => candidate.name === name)?.run;
    const env = {
      PATH: `${folder}:${process.env.PATH}`,
      CODE: `${code}`,
      GITHUB_STEP_SUMMARY: join(folder, "summary"),
      GITHUB_OUTPUT: join(folder, "output"),
      TASK: "0123",
    };
    return (await start("bash", ["-e", "-c", run as string], { cwd: folder, env })).stdout;
  }

  it("is at two o'clock UTC", () => {
    expect(nightly.on.schedule).toEqual([{ cron: "0 2 * * *" }]);
  });

  it("belongs to a series named for machine, Node and task", async () => {
    await step("name the series");
    expect(await readFile(join(folder, "output"), "utf8")).toMatch(
      new RegExp(`^name=nightly-[A-Za-z0-9.-]+-x\\d+-${process.version}-0123\n$`),
    );
  });

  it("measures without a baseline first and becomes one, then compares with it", async () => {
    const measured = "-y pnpm@12 bench --profile standard --out results/tonight";
    expect(await step("report")).toBe("");
    expect((await step("measure")).split("\n").filter((line) => line.startsWith("-y"))).toEqual([measured]);
    await mkdir(join(folder, "results/tonight"), { recursive: true });
    await writeFile(join(folder, "results/tonight/run.json"), "{}");
    await step("report");
    await step("take tonight for the last good night");
    expect(await step("measure")).toBe(`${measured} --baseline results/last-good --max-regression 20%\n`);
    await mkdir(join(folder, "results/tonight"));
    await writeFile(join(folder, "results/tonight/run.json"), "{}");
    await step("report");
    await step("take tonight for the last good night");
    expect((await readFile(join(folder, "summary"), "utf8")).trim().split("\n")).toEqual([
      "-y pnpm@12 --silent bench report results/tonight --format markdown",
      "-y pnpm@12 --silent bench report results/tonight --format markdown",
      "-y pnpm@12 --silent bench compare results/last-good results/tonight --format markdown",
    ]);
  });

  it("fails when measuring fails, or what was measured is worse", async () => {
    await expect(step("measure", 1)).rejects.toMatchObject({ code: 1 });
  });
});
