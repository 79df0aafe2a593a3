import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { files } from "./catalog.ts";
import { benchCommand } from "./testing/bench-process.ts";

const start = promisify(execFile);

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
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
  ["ci", "nightly", "publish", "pull-request"].map(async (name) => ({
    name,
    ...(parse(await read(`.github/workflows/${name}.yml`)) as Workflow),
  })),
);
const steps = workflows.flatMap(({ jobs }) => Object.values(jobs).flatMap((job) => job.steps));
const nightly = workflows[1] as Workflow;
const action = parse(await read("action.yml")) as {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: { readonly steps: readonly [Step & { readonly env: Readonly<Record<string, string>> }] };
};

describe.each(workflows)("$name.yml", (workflow) => {
  it("may only read the repository, runs once at a time and not for ever", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(workflow.concurrency.group).toContain(workflow.name);
    for (const job of Object.values(workflow.jobs)) expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
  });
});

async function helpOf(...command: readonly string[]): Promise<string> {
  const [program, ...words] = benchCommand([...command, "--help"]);
  return (await start(program, words)).stdout;
}

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
      const command = /^ (export|history add|history)\b/.exec(rest)?.[1] ?? "run";
      const help = await helpOf(...command.split(" "));
      for (const [flag] of rest.matchAll(/--[a-z-]+/g)) expect(help).toContain(`${flag} `);
    }
  });

  it("uses the repository's own action, with inputs that it has, and those of GitHub, each at a version", () => {
    for (const { uses, with: inputs = {} } of steps) {
      if (uses === "./") expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(inputs)));
      else if (uses !== undefined) expect(uses).toMatch(/^actions\/[a-z/-]+@v\d+$/);
    }
  });

  it("is .ci/run for every change, which bash can read", async () => {
    expect(workflows[0]?.jobs.check?.steps.at(-1)?.run).toBe(".ci/run");
    await start("bash", ["-n", join(files.root, ".ci/run")]);
  });
});

/** A folder with programs of the test's own before all others. */
async function folderOf(programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "workflow-"));
  await mkdir(join(folder, "bin"));
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(folder, "bin", name), `#!/bin/sh\n${text}\n`);
    await chmod(join(folder, "bin", name), 0o755);
  }
  return folder;
}

/** A step's commands, as the runner starts them; resolves with what they said, and wrote for the runner. */
async function runStep(folder: string, run: string | undefined, env: Readonly<Record<string, string>>) {
  const [output, summary] = [join(folder, "output"), join(folder, "summary")];
  await Promise.all([output, summary].map((file) => writeFile(file, "")));
  const own = {
    PATH: `${join(folder, "bin")}:${process.env.PATH}`,
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
  };
  const bash = ["--noprofile", "--norc", "-eo", "pipefail", "-c", run ?? "exit 9"];
  const ended = await start("bash", bash, { cwd: folder, env: { ...own, ...env } }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  );
  const [written, said] = await Promise.all([output, summary].map((file) => readFile(file, "utf8")));
  return { ...ended, output: written ?? "", summary: said ?? "" };
}

describe("a night", () => {
  let folder = "";
  beforeAll(async () => {
    const git = 'case $1 in rev-parse) echo "$HEAD";; cat-file) test "$3" != "gone^{commit}";; esac';
    folder = await folderOf({ git, npx: 'echo "$@"\nexit "$CODE"' });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const step = (name: string, env: Readonly<Record<string, string>> = {}) => {
    const found = nightly.jobs.standard?.steps.find((candidate) => candidate.name === name);
    return runStep(folder, found?.run, { CODE: "0", HEAD: "one", ACCEPT: "false", ...env });
  };
  const anchor = (env: Readonly<Record<string, string>>) => step("name the anchor", env);

  it("is at two o'clock UTC", () => {
    expect(nightly.on.schedule).toEqual([{ cron: "0 2 * * *" }]);
  });

  it("takes its own commit for the anchor the first time, which then stays until somebody says so", async () => {
    const first = await anchor({});
    expect(first.output).toBe("same=true\ncommit=one\naccept=true\n");
    expect(first.summary).toContain("The first night");
    expect((await anchor({})).output).toBe("same=true\ncommit=one\naccept=false\n");
    expect((await anchor({ HEAD: "two" })).output).toBe("commit=one\naccept=false\n");
    expect((await anchor({ HEAD: "two", ACCEPT: "true" })).output).toBe("same=true\ncommit=two\naccept=true\n");
    expect((await anchor({ HEAD: "three", ACCEPT: "" })).output).toBe("commit=two\naccept=\n");
  });

  it("fails with a sentence where the anchor is gone", async () => {
    await writeFile(join(folder, "results/history/anchor"), "gone\n");
    const { code, summary } = await anchor({ HEAD: "two" });
    expect(code).toBe(1);
    expect(summary).toContain("The anchor gone is no longer in this repository");
  });

  it("is added to the history where something was measured, and the history reported where there is one", async () => {
    const bench = "-y pnpm@12 --silent bench";
    expect((await step("add the night to the history")).summary).toContain("Nothing was measured tonight");
    expect((await step("report the history")).summary).toBe("");
    await mkdir(join(folder, "results/tonight"), { recursive: true });
    await writeFile(join(folder, "results/tonight/run.json"), "{}");
    await writeFile(join(folder, "results/history/history.jsonl"), "");
    const summary = `${bench} export results/tonight --to github-summary\n`;
    const add = `${bench} history add results/tonight --history results/history`;
    expect((await step("add the night to the history")).summary).toBe(`${summary}${add}\n`);
    const accepted = await step("add the night to the history", { ACCEPT: "true" });
    expect(accepted.summary).toBe(`${summary}${add} --accept\n`);
    const told = await step("report the history", { CODE: "1" });
    expect(told.code).toBe(1);
    expect(told.summary).toBe(`${bench} history --history results/history --fail-on-drift 10% --format markdown\n`);
  });

  it("fails when measuring fails", async () => {
    const { code, stdout } = await step("measure", { CODE: "1" });
    expect([code, stdout]).toEqual([1, "-y pnpm@12 bench --profile standard --out results/tonight\n"]);
  });
});

describe("the action", () => {
  let folder = "";
  beforeAll(async () => {
    // It measures what OUTCOME says, and ends as CODE says.
    const bench = [
      'if [ "$1" = export ]; then echo "# $2 $3 $4"; exit 0; fi',
      'printf "%s\\n" "$@"',
      'if [ -n "$FILE" ]; then mkdir -p out; echo "{ \\"outcome\\": $OUTCOME }" > "out/$FILE"; fi',
      'exit "$CODE"',
    ];
    folder = await folderOf({ bench: bench.join("\n") });
  });
  afterEach(() => rm(join(folder, "out"), { recursive: true, force: true }));
  afterAll(() => rm(folder, { recursive: true }));

  const [step] = action.runs.steps;
  const act = (inputs: Readonly<Record<string, string>>, ends: Readonly<Record<string, string>> = {}) => {
    const given = { ...inputs, bench: "bench", out: "out" } as Readonly<Record<string, string>>;
    const env = Object.entries(step.env).map(([variable, text]) => {
      const name = /^\$\{\{ inputs\.([a-z]+) \}\}$/.exec(text)?.[1] ?? "";
      return [variable, given[name] ?? action.inputs[name]?.default ?? "no such input"];
    });
    return runStep(folder, step.run, { CODE: "0", FILE: "", OUTCOME: "null", ...Object.fromEntries(env), ...ends });
  };
  const outcome = (verdict: string): Readonly<Record<string, string>> => ({
    FILE: "ab.json",
    OUTCOME: JSON.stringify({ verdict, sentence: "B is what it is" }),
  });

  it("gives ab both sides' settings as they are, and flags that it has", async () => {
    const { stdout } = await act({
      a: "serve=node a.js {port}\ntarget=http://localhost:{port}\n",
      b: "ref=HEAD",
      args: "--seed=2",
    });
    const words = stdout.trim().split("\n");
    expect(words).toEqual([
      ...["ab", "--out", "out", "--until", "3%", "--budget", "90s", "--confirm"],
      ...["--a", "serve=node a.js {port}", "--a", "target=http://localhost:{port}", "--b", "ref=HEAD", "--seed=2"],
    ]);
    const help = await helpOf("ab");
    for (const word of words.filter((word) => word.startsWith("--"))) expect(help).toContain(word.split("=")[0]);
  });

  it.each([
    ["worse", "1"],
    ["better", "0"],
    ["no difference shown", "0"],
    ["not judged", "1"],
  ])("says %s, and ends as ab does", async (verdict, code) => {
    const ended = await act({ a: "ref=main" }, { CODE: code, ...outcome(verdict) });
    expect(ended.code).toBe(Number(code));
    expect(ended.output).toBe(`folder=out\nverdict=${verdict}\n`);
    expect(ended.summary).toBe("# out --to github-summary\n");
  });

  it.each([
    ["passed", "0"],
    ["threshold crossed", "99"],
    ["failed", "1"],
  ])("says of a run that it %s", async (verdict, code) => {
    const ended = await act({ command: "run", args: "--profile=smoke" }, { CODE: code, FILE: "run.json" });
    expect(ended.stdout).toBe("run\n--out\nout\n--profile=smoke\n");
    expect([ended.code, ended.output]).toEqual([Number(code), `folder=out\nverdict=${verdict}\n`]);
  });

  it("says so where nothing was measured", async () => {
    const { code, output, summary } = await act({}, { CODE: "2" });
    expect([code, output]).toEqual([2, "folder=out\nverdict=failed\n"]);
    expect(summary).toContain("Nothing was measured");
  });
});
