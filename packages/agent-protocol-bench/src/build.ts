import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";
import { assets, leavesOut, modules, repository } from "./contents.ts";
import { type About, dependenciesOf, type Member, manifestOf } from "./manifest.ts";

/**
 * `pnpm pack:build`: the npm package in dist/package. Our own code is bundled, in plain JavaScript that can be read; libraries
 * stay what they are, dependencies with versions and licences of their own.
 */
const dist = join(repository, "packages/agent-protocol-bench/dist");
const folder = join(dist, "package");
const lib = join(folder, "lib");

/** Members of the workspace are bundled, everything else is imported when it runs. */
const onlyMembers: Plugin = {
  name: "only-members",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
      kind === "entry-point" || path.startsWith("@apb/") ? undefined : { path, external: true },
    ),
};

await rm(dist, { recursive: true, force: true });
await mkdir(lib, { recursive: true });
const { metafile, warnings } = await build({
  absWorkingDir: repository,
  entryPoints: Object.entries(modules).map(([out, path]) => ({ in: path, out })),
  outdir: lib,
  ...{ bundle: true, splitting: true, format: "esm", platform: "node", target: "node20.19" },
  // One folder for all, so that a URL relative to a module is the same wherever its code has come to.
  chunkNames: "[name]-[hash]",
  plugins: [onlyMembers],
  metafile: true,
});
if (warnings.length > 0) throw new Error(`esbuild warns: ${warnings.map(({ text }) => text).join("; ")}`);
const main = join(lib, "main.js");
await writeFile(main, `#!/usr/bin/env node\n${await readFile(main, "utf8")}`);
for (const asset of assets) await copyFile(join(repository, asset), join(lib, basename(asset)));
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
for (const name of Object.keys(metafile.outputs)) await requireNamed(join(repository, name), manifest.imports);
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

/** Throws where a module names a file, or a name of `imports`, that the package does not have. */
async function requireNamed(module: string, imports: Readonly<Record<string, string>>): Promise<void> {
  const text = await readFile(module, "utf8");
  const beside = [...text.matchAll(/new URL\("([^"]+)", import\.meta\.url\)/g)].map(([, file]) => file as string);
  const named = [...text.matchAll(/import\.meta\.resolve\("([^"]+)"\)/g)].map(([, name]) => name as string);
  // What is above is a clone's.
  for (const file of beside.filter((one) => !one.startsWith("../")))
    if (!existsSync(join(lib, file))) throw new Error(`${module} names ${file}; add it to the package's assets`);
  for (const name of named)
    if (imports[name] === undefined) throw new Error(`${module} resolves ${name}; add it to the package's imports`);
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
