import { type Area, areas } from "./architecture-table.ts";
import type { Import, ParsedSource } from "./parsed-source.ts";

/** The parts of a package.json that say what may be imported. */
export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Longer sources are split. Tests may be longer: a table of cases is one thing. */
const mostLines = 300;

/** Every broken rule of the table, as `path: what is wrong`. `manifests` by folder, the repository's own by the empty name. Pure. */
export function violations(sources: readonly ParsedSource[], manifests: ReadonlyMap<string, Manifest>): string[] {
  const broken = sources.flatMap((source) => ofSource(source, manifests).map((what) => `${source.path}: ${what}`));
  return [...[...manifests].flatMap(([folder, manifest]) => ofManifest(folder, manifest)), ...broken];
}

function ofManifest(folder: string, { dependencies, devDependencies }: Manifest): string[] {
  const area = areaOf(`${folder}/`);
  if (folder !== "" && area === undefined) return [`${folder}/package.json: is in no area of the table`];
  return Object.keys({ ...dependencies, ...devDependencies })
    .filter((name) => name.startsWith("@apb/") && area?.imports[memberOf(name)] === undefined)
    .map((name) => `${folder}/package.json: may not depend on ${name}`);
}

function ofSource(source: ParsedSource, manifests: ReadonlyMap<string, Manifest>): string[] {
  const { path, lines, names, strings } = source;
  const area = areaOf(path);
  if (area === undefined) return ["is in no area of the table"];
  const own = manifests.get(area.folder);
  const lent = isTestSupport(path) ? { ...own?.devDependencies, ...manifests.get("")?.devDependencies } : {};
  const declared = { ...own?.dependencies, ...lent };
  const protocol = /^(mcp|a2a|agp|slim|acp)(\/|$)/i;
  const broken = source.imports.map((one) => ofImport(one, path, area, declared));
  if (/\/(utils?|helpers?|common)\b[^/]*$/i.test(path)) broken.push("has a name that says nothing about what is in it");
  if (lines > mostLines && !path.endsWith(".test.ts")) broken.push(`has ${lines} lines, more than ${mostLines}`);
  if (!isTestSupport(path)) {
    const mayReadClock = area.clock === "free" || (area.clock !== "never" && area.clock.only === path);
    if (source.readsClock && !mayReadClock) broken.push("reads a clock");
    const named = [...names, ...strings].find((word) => protocol.test(word));
    if (area.neutral === true && named !== undefined) broken.push(`names a protocol, ${named}`);
  }
  return broken.filter((what) => what !== undefined);
}

function ofImport({ from, file, typesOnly }: Import, path: string, area: Area, declared: object): string | undefined {
  if (from === null) return area.loads === path ? undefined : "imports something that is only known when it runs";
  if (from.includes("/testing/") && !isTestSupport(path)) return `imports ${from}, which is for tests`;
  if (file !== null) return file.startsWith(`${area.folder}/`) ? undefined : `leaves its member by ${from}`;
  if (area.pure === true && !isTestSupport(path)) return `imports ${from}, but this member is pure`;
  if (from.startsWith("node:")) return undefined;
  const leave = from.startsWith("@apb/") ? area.imports[memberOf(from)] : "code";
  if (leave === undefined) return `may not import ${from}`;
  if (leave !== "code" && !typesOnly && !leave.includes(from.split("/").slice(2).join("/")))
    return `may import only types from ${from}`;
  const name = from.split("/", from.startsWith("@") ? 2 : 1).join("/");
  return name in declared ? undefined : `imports ${name}, which its package.json does not declare`;
}

const isTestSupport = (path: string): boolean => path.endsWith(".test.ts") || path.includes("/testing/");
const areaOf = (path: string): Area | undefined => areas.find(({ folder }) => path.startsWith(`${folder}/`));
const memberOf = (name: string): string => name.split("/")[1] ?? "";
