/** The rules of who may import whom, and what a source may not do. Pure: files and manifests in, violations out. */

/** A source file; `path` is from the top of the repository, with slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** The parts of a package.json that say what may be imported. */
export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A folder of the repository with rules of its own; a folder inside another is ruled by the inner one. */
export interface Area {
  readonly folder: string;
  /** Members (`@apb/…`) it may import; `types` for `import type` only. */
  readonly imports: Readonly<Record<string, "code" | "types">>;
  /** Neither Node's modules nor other packages. */
  readonly pure?: true;
  /** Files that may read a clock: every one, none, or this one. */
  readonly clock: "free" | "never" | { readonly only: string };
  /** May not name a protocol. */
  readonly neutral?: true;
}

const core = { core: "code" } as const;
const binding = { core: "code", protocols: "code", protos: "code", wire: "code" } as const;
const everything = {
  ...binding,
  "adapter-bare": "code",
  "adapter-grpc": "code",
  "adapter-jsonrpc": "code",
  "adapter-rest": "code",
  "adapter-slim": "code",
  "adapter-websocket": "code",
  benchmarks: "code",
  "reference-servers": "code",
  report: "code",
  runner: "code",
} as const;

/**
 * Who may import whom, for every workspace member. `selfcheck` measures the harness whole: with the runner's own
 * processes, through real bindings, against real servers.
 */
export const areas: readonly Area[] = [
  { folder: "packages/core", imports: {}, clock: { only: "packages/core/src/clock.ts" }, neutral: true },
  { folder: "packages/protocols", imports: {}, clock: "never", pure: true },
  { folder: "protos", imports: {}, clock: "never" },
  { folder: "packages/wire", imports: core, clock: "never" },
  { folder: "packages/adapter-bare", imports: binding, clock: "never" },
  { folder: "packages/adapter-grpc", imports: binding, clock: "never" },
  { folder: "packages/adapter-jsonrpc", imports: binding, clock: "never" },
  { folder: "packages/adapter-rest", imports: binding, clock: "never" },
  { folder: "packages/adapter-slim", imports: binding, clock: "never" },
  { folder: "packages/adapter-websocket", imports: binding, clock: "never" },
  { folder: "packages/runner", imports: core, clock: "free", neutral: true },
  { folder: "packages/report", imports: core, clock: "never", neutral: true },
  { folder: "packages/selfcheck", imports: everything, clock: "free" },
  { folder: "packages/cli", imports: { ...everything, selfcheck: "code" }, clock: "free" },
  {
    folder: "reference-servers",
    imports: { core: "types", protocols: "code", protos: "code" },
    clock: "free",
  },
  { folder: "benchmarks", imports: core, clock: "never", neutral: true },
];

/** Longer sources are split. Tests may be longer: a table of cases is one thing. */
const mostLines = 300;

/** Every broken rule, as `path: what is wrong`. `manifests` by folder, the repository's own under the empty name. */
export function violations(sources: readonly Source[], manifests: ReadonlyMap<string, Manifest>): string[] {
  const tests = testsAmong(sources);
  const broken = sources.flatMap((source) => {
    const area = areaOf(source.path);
    if (area === undefined) return [`${source.path}: is in no area of the table`];
    const isTest = tests.has(source.path);
    const findings = [
      ...ofName(source),
      ...ofImports(source, area, isTest, manifests),
      ...(isTest ? [] : ofText(source, area)),
    ];
    return findings.map((what) => `${source.path}: ${what}`);
  });
  return [...[...manifests].flatMap(([folder, manifest]) => ofManifest(folder, manifest)), ...broken];
}

/** The tests, and what is imported by them alone. */
function testsAmong(sources: readonly Source[]): ReadonlySet<string> {
  const importers = new Map<string, string[]>();
  for (const { path, text } of sources) {
    for (const { from } of importsOf(text)) {
      if (from === null) continue;
      const target = from.startsWith(".") ? exportName(resolved(path, from)) : from;
      importers.set(target, [...(importers.get(target) ?? []), path]);
    }
  }
  const tests = new Set(sources.map(({ path }) => path).filter((path) => path.endsWith(".test.ts")));
  for (let before = -1; before !== tests.size; ) {
    before = tests.size;
    for (const { path } of sources) {
      const by = importers.get(exportName(path)) ?? [];
      if (by.length > 0 && by.every((importer) => tests.has(importer))) tests.add(path);
    }
  }
  return tests;
}

/** The name a source is imported by from other members, `@apb/core/failure`. */
function exportName(path: string): string {
  const [, member, rest] = /^(?:packages\/)?([^/]+)\/(?:src\/)?(.*)\.ts$/.exec(path) ?? [];
  return `@apb/${member}/${rest}`;
}

function ofManifest(folder: string, manifest: Manifest): string[] {
  if (folder === "") return [];
  const area = areas.find((one) => one.folder === folder);
  if (area === undefined) return [`${folder}/package.json: is in no area of the table`];
  return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    .map(memberOf)
    .filter((member) => member !== undefined && !(member in area.imports))
    .map((member) => `${folder}/package.json: may not depend on @apb/${member}`);
}

function ofName({ path }: Source): string[] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return /^(utils?|helpers?|common)\b/i.test(name) ? [`${name} says nothing about what is in it`] : [];
}

function ofImports(source: Source, area: Area, isTest: boolean, manifests: ReadonlyMap<string, Manifest>): string[] {
  const folder = [...manifests.keys()].find((name) => name !== "" && source.path.startsWith(`${name}/`)) ?? "";
  const own = manifests.get(folder) ?? {};
  const declared = {
    ...own.dependencies,
    ...(isTest ? { ...own.devDependencies, ...manifests.get("")?.devDependencies } : {}),
  };
  return importsOf(source.text).flatMap(({ from, typesOnly }) => {
    if (from === null) return ["imports something that is only known when it runs"];
    if (from.startsWith("."))
      return resolved(source.path, from).startsWith(`${folder}/`) ? [] : [`leaves its member by ${from}`];
    if (area.pure === true && !isTest) return [`imports ${from}, but this member is pure`];
    if (from.startsWith("node:")) return [];
    const member = memberOf(from);
    if (member !== undefined) {
      const leave = folder.endsWith(member) ? "code" : area.imports[member];
      if (leave === undefined) return [`may not import ${from}`];
      if (leave === "types" && !typesOnly) return [`may import only types from ${from}`];
    }
    const name = from.split("/", from.startsWith("@") ? 2 : 1).join("/");
    return name in declared ? [] : [`imports ${name}, which its package.json does not declare`];
  });
}

function ofText(source: Source, area: Area): string[] {
  const { code, strings } = separated(source.text);
  const broken: string[] = [];
  const lines = source.text.trimEnd().split("\n").length;
  if (lines > mostLines) broken.push(`has ${lines} lines, more than ${mostLines}`);
  const clockless = area.clock === "never" || (area.clock !== "free" && area.clock.only !== source.path);
  if (clockless && /\bperformance\.|\bDate\.now\b|\bnew Date\(\)|\bhrtime\b/.test(code)) broken.push("reads a clock");
  if (area.neutral === true) {
    const named =
      strings.find((text) => /^(mcp|a2a|agp|slim|acp)(\/|$)/i.test(text)) ??
      /\b(mcp|a2a|agp|slim|acp)\b/i.exec(code)?.[0];
    if (named !== undefined) broken.push(`names a protocol, ${named}`);
  }
  return broken;
}

/** What a source imports or re-exports. `from` is null where it is put together when it runs. */
export function importsOf(text: string): { readonly from: string | null; readonly typesOnly: boolean }[] {
  const { code, strings } = separated(text);
  const literal = (index: string | undefined): string | null => {
    const from = index === undefined ? undefined : strings[Number(index)];
    return from === undefined || from.includes("${") ? null : from;
  };
  const still = code.matchAll(/^(?:import|export)\s+(type\s)?([^";]*?\bfrom\s*)?"(\d+)"/gm);
  const dynamic = code.matchAll(/\bimport\((?:\s*"(\d+)"\s*[,)])?/g);
  return [
    ...[...still].map(([, type, names, index]) => ({
      from: literal(index),
      typesOnly: type !== undefined || /^\{(\s*type\s[^,}]+,?)+\s*\}\s*from/.test(names ?? ""),
    })),
    ...[...dynamic].map(([, index]) => ({ from: literal(index), typesOnly: false })),
  ];
}

const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//;
const pattern =
  /(?<=[(,=:[!&|?{};]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])*\/[a-z]*/;
const string = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/;
const tokens = new RegExp(`${comment.source}|${pattern.source}|${string.source}`, "g");

/** A source's strings, and its code: without comments and patterns, and with `"3"` in the place of the string of index 3. */
export function separated(text: string): { readonly code: string; readonly strings: readonly string[] } {
  const strings: string[] = [];
  const codeOf = (part: string): string =>
    part.replace(tokens, (token) => {
      if (token.startsWith("/")) return " ";
      const index = strings.push(token.slice(1, -1)) - 1;
      const inside = token.startsWith("`") ? [...token.matchAll(/\$\{((?:[^{}]|\{[^}]*\})*)\}/g)] : [];
      return [`"${index}"`, ...inside.map(([, expression]) => codeOf(expression ?? ""))].join(" + ");
    });
  return { code: codeOf(text), strings };
}

function areaOf(path: string): Area | undefined {
  const around = areas.filter((area) => path.startsWith(`${area.folder}/`));
  return around.sort((a, b) => b.folder.length - a.folder.length)[0];
}

function memberOf(name: string): string | undefined {
  return name.startsWith("@apb/") ? name.split("/")[1] : undefined;
}

function resolved(path: string, from: string): string {
  return new URL(from, `file:///${path}`).pathname.slice(1);
}
