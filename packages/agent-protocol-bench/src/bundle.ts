import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { assets, imports, repository } from "./contents.ts";

/** Members of the workspace are bundled, everything else is imported when it runs. */
const onlyMembers: Plugin = {
  name: "only-members",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
      kind === "entry-point" || path.startsWith("@apb/") ? undefined : { path, external: true },
    ),
};

/** What two bundles may differ in. */
export interface Bundle {
  /** Sources by the names of the modules they become, from the top of the repository. */
  readonly modules: Readonly<Record<string, string>>;
  /** The folder they are written to, each `<name>.js`, with the assets beside them. */
  readonly into: string;
  /** Source, such as `"true"`, in place of names that are free in the modules. */
  readonly define?: Readonly<Record<string, string>>;
  /** Whether a map lies beside each module, by which node tells where in the sources an error is. */
  readonly sourcemap?: boolean;
}

/**
 * Our own code as plain JavaScript that can be read, and what it was made of; libraries stay what they are, to be found from
 * the folder. Throws where a module names a file, or a name of `imports`, that is not there.
 */
export async function bundle({ modules, into, define = {}, sourcemap = false }: Bundle): Promise<Metafile> {
  await mkdir(into, { recursive: true });
  const { metafile, warnings } = await build({
    absWorkingDir: repository,
    entryPoints: Object.entries(modules).map(([out, path]) => ({ in: path, out })),
    outdir: into,
    ...{ bundle: true, splitting: true, format: "esm", platform: "node", target: "node20.19" },
    // One folder for all, so that a URL relative to a module is the same wherever its code has come to.
    chunkNames: "[name]-[hash]",
    plugins: [onlyMembers],
    ...{ define, sourcemap },
    metafile: true,
  });
  if (warnings.length > 0) throw new Error(`esbuild warns: ${warnings.map(({ text }) => text).join("; ")}`);
  for (const asset of assets) await copyFile(join(repository, asset), join(into, basename(asset)));
  for (const name of Object.keys(metafile.outputs).filter((one) => one.endsWith(".js")))
    await requireNamed(join(repository, name), into);
  return metafile;
}

async function requireNamed(module: string, folder: string): Promise<void> {
  const text = await readFile(module, "utf8");
  const beside = [...text.matchAll(/new URL\("([^"]+)", import\.meta\.url\)/g)].map(([, file]) => file as string);
  const named = [...text.matchAll(/import\.meta\.resolve\("([^"]+)"\)/g)].map(([, name]) => name as string);
  // What is above is a clone's.
  for (const file of beside.filter((one) => !one.startsWith("../")))
    if (!existsSync(join(folder, file))) throw new Error(`${module} names ${file}; add it to the package's assets`);
  for (const name of named)
    if (!Object.hasOwn(imports, name)) throw new Error(`${module} resolves ${name}; add it to the package's imports`);
}
