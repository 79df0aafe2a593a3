import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { bundle } from "./bundle.ts";
import { leavesOut, modules, repository } from "./contents.ts";
import { type About, dependenciesOf, type Member, manifestOf } from "./manifest.ts";

/**
 * `pnpm pack:build`: the npm package in dist/package. Our own code is bundled; libraries are dependencies with versions and
 * licences of their own.
 */
const dist = join(repository, "packages/agent-protocol-bench/dist");
const folder = join(dist, "package");
const lib = join(folder, "lib");

await rm(dist, { recursive: true, force: true });
const metafile = await bundle({ modules, into: lib, define: { PACKAGED: "true" } });
const main = join(lib, "main.js");
await writeFile(main, `#!/usr/bin/env node\n${await readFile(main, "utf8")}`);
for (const [from, to] of [
  ["LICENSE", "LICENSE"],
  ["packages/agent-protocol-bench/README.md", "README.md"],
] as const)
  await copyFile(join(repository, from), join(folder, to));
await declareTypes();
const about = JSON.parse(await readFile(join(repository, "package.json"), "utf8")) as About;
const { GITHUB_SERVER_URL: host, GITHUB_REPOSITORY: name } = process.env;
const url = host === undefined || name === undefined ? null : `${host}/${name}`;
const manifest = manifestOf(about, dependenciesOf(metafile, memberOf, leavesOut), url);
await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

/** The nearest package.json above a source. */
function memberOf(source: string): Member {
  for (let at = dirname(source); at !== "."; at = dirname(at)) {
    try {
      return JSON.parse(readFileSync(join(repository, at, "package.json"), "utf8")) as Member;
    } catch {
      // None in this folder: the next one up has it.
    }
  }
  throw new Error(`${source} is in no member of the workspace`);
}

/** Writes the declarations of what scenario files import; they name each other by their paths. */
async function declareTypes(): Promise<void> {
  const config = join(repository, "packages/agent-protocol-bench/tsconfig.types.json");
  const tsc = join(repository, "node_modules/typescript/bin/tsc");
  const types = join(lib, "types");
  await promisify(execFile)(process.execPath, [tsc, "-p", config, "--outDir", types]);
  for (const entry of await readdir(types, { recursive: true })) {
    if (!entry.endsWith(".d.ts")) continue;
    const text = await readFile(join(types, entry), "utf8");
    const core = relative(dirname(join(types, entry)), join(types, "packages/core/src"));
    await writeFile(join(types, entry), text.replaceAll(/"@apb\/core\/(.+?)"/g, `"${core}/$1.ts"`));
  }
}
