import { existsSync } from "node:fs";
import { mkdir, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TestProject } from "vitest/node";
import { bundle } from "../bundle.ts";
import { imports, modules, repository } from "../contents.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder that has `<name>.js` of each program. */
    readonly programs: string;
  }
}

/**
 * Before the tests: the programs that they start, built as the npm package's are, since one that runs from source compiles and
 * loads its some 300 modules one by one, 0.5 s of CPU for each process. Built anew for each run of vitest.
 */
const programs = {
  ...modules,
  calibrate: "packages/selfcheck/src/calibrate.ts",
  codec: "packages/selfcheck/src/codec.ts",
  self: "packages/selfcheck/src/self.ts",
  stall: "packages/selfcheck/src/stall.ts",
} as const;

/** As far below the top of the repository as the sources, which look for files of a clone from where they are. */
const folder = join(repository, "node_modules/.programs", String(process.pid));

export async function setup(project: TestProject): Promise<void> {
  project.provide("programs", folder);
  project.onTestsRerun(build);
  await build();
}

export async function teardown(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

async function build(): Promise<void> {
  await teardown();
  await bundle({ modules: programs, into: folder, sourcemap: true });
  const beside = Object.entries(imports).map(([name, file]) => [name, `./${file}`]);
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ type: "module", imports: Object.fromEntries(beside) }),
  );
  for (const member of await members()) await linkLibraries(join(repository, member, "node_modules"));
}

async function members(): Promise<readonly string[]> {
  const packages = await readdir(join(repository, "packages"));
  return [...packages.map((name) => `packages/${name}`), "reference-servers", "benchmarks", "protos"];
}

/** Lets the programs find a member's libraries. Throws for two versions of one. */
async function linkLibraries(from: string): Promise<void> {
  if (!existsSync(from)) return;
  for (const name of await packagesIn(from)) {
    const [target, link] = [await realpath(join(from, name)), join(folder, "node_modules", name)];
    if (!existsSync(link)) {
      await mkdir(dirname(link), { recursive: true });
      await symlink(target, link);
    } else if ((await realpath(link)) !== target) throw new Error(`${from} has another ${name} than other members`);
  }
}

async function packagesIn(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith(".") && name !== "@apb");
  const scoped = names.filter((name) => name.startsWith("@"));
  const within = scoped.map(async (scope) => (await readdir(join(folder, scope))).map((name) => `${scope}/${name}`));
  return [...names.filter((name) => !name.startsWith("@")), ...(await Promise.all(within)).flat()];
}
