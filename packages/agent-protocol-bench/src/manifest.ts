import type { Metafile } from "esbuild";
import { imports } from "./contents.ts";

/** What of a member's package.json is read here. */
export interface Member {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** What of the repository's package.json is the package's too. */
export interface About {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
}

/**
 * The libraries that the package must bring, with the ranges that its sources declare: those imported by any source but the
 * ones below `leavesOut`. `memberOf` is the package.json that a source is under. Throws for a library that is not declared, or
 * twice and differently.
 */
export function dependenciesOf(
  { inputs }: Pick<Metafile, "inputs">,
  memberOf: (source: string) => Member,
  leavesOut: string,
): Record<string, string> {
  const found: Record<string, string> = {};
  const brought = Object.entries(inputs).filter(([source]) => !source.startsWith(leavesOut));
  for (const [source, { imports }] of brought) {
    for (const { path } of imports.filter(({ external, path }) => external === true && !/^(node:|<)/.test(path))) {
      const name = path.split("/", path.startsWith("@") ? 2 : 1).join("/");
      const range = memberOf(source).dependencies?.[name];
      if (range === undefined) throw new Error(`${source} imports ${name}, which its package.json does not declare`);
      if (found[name] !== undefined && found[name] !== range)
        throw new Error(`${name} is declared as ${found[name]} and, for ${source}, as ${range}; declare it alike`);
      found[name] = range;
    }
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The package.json that is published. `url` is where the repository is, which npm compares with where the package was built; null leaves it out. */
export function manifestOf(
  about: About,
  dependencies: Readonly<Record<string, string>>,
  url: string | null,
): Readonly<Record<string, unknown>> {
  const { name, version, description, license, engines } = about;
  return {
    ...{ name, version, description, license },
    ...(url === null ? {} : { repository: { type: "git", url: `git+${url}.git` } }),
    keywords: ["mcp", "a2a", "agp", "acp", "agent", "benchmark", "load-testing"],
    type: "module",
    engines,
    bin: { [name]: "lib/main.js" },
    exports: {
      ".": { types: "./lib/types/packages/scenario-file/src/agent-protocol-bench.d.ts", default: "./lib/index.js" },
      "./package.json": "./package.json",
    },
    imports: Object.fromEntries(Object.entries(imports).map(([name, file]) => [name, `./lib/${file}`])),
    dependencies,
  };
}
