import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { areas, importsOf, type Manifest, type Source, separated, violations } from "./architecture.ts";

const top = new URL("../../../", import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, top), "utf8");
}

/** Every file below a folder, but for what was installed or measured. */
function filesBelow(folder: string): string[] {
  return readdirSync(new URL(folder, top), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".") || entry.name === "node_modules" || entry.name === "results") return [];
    const path = folder + entry.name;
    return entry.isDirectory() ? filesBelow(`${path}/`) : [path];
  });
}

const files = filesBelow("");
const sources = files
  .filter((path) => path.endsWith(".ts") && path.includes("/"))
  .map((path): Source => ({ path, text: read(path) }));
const manifests = new Map(
  files
    .filter((path) => path === "package.json" || path.endsWith("/package.json"))
    .map((path) => [path.slice(0, Math.max(path.lastIndexOf("/"), 0)), JSON.parse(read(path)) as Manifest]),
);

describe("the repository", () => {
  it("breaks no rule", () => {
    expect(violations(sources, manifests)).toEqual([]);
  });

  it("has a member for every area of the table", () => {
    const members = [...manifests.keys()].filter((folder) => folder !== "");
    expect(areas.map((area) => area.folder).sort()).toEqual(members.sort());
  });
});

/** Enough of a repository for one source: what it may import by its manifest is not what it may import by the table. */
const declared = {
  dependencies: { "@apb/core": "", "@apb/wire": "", "@apb/runner": "", ws: "" },
  devDependencies: { undici: "" },
};
const around = new Map<string, Manifest>(
  [
    "packages/core",
    "packages/protocols",
    "packages/wire",
    "packages/adapter-rest",
    "packages/runner",
    "packages/report",
  ]
    .concat("benchmarks", "reference-servers", "packages/cli", "packages/selfcheck")
    .map((folder) => [folder, declared]),
);
around.set("", { devDependencies: { vitest: "" } });

function findings(path: string, text: string): string[] {
  return violations([{ path, text }], around).filter((line) => line.startsWith(`${path}: `));
}

describe("what breaks a rule", () => {
  it.each([
    ["core that imports a member", "packages/core/src/x.ts", 'import { a } from "@apb/wire/http";'],
    ["core that reads a clock elsewhere", "packages/core/src/x.ts", "const now = performance.now();"],
    ["core that names a protocol", "packages/core/src/x.ts", 'const id = "mcp";'],
    ["an adapter that imports the runner", "packages/adapter-rest/src/x.ts", 'import { a } from "@apb/runner/plan";'],
    [
      "the same over several lines",
      "packages/adapter-rest/src/x.ts",
      'import {\n  a,\n  b,\n} from "@apb/runner/plan";',
    ],
    ["the same re-exported", "packages/adapter-rest/src/x.ts", 'export * from "@apb/runner/plan";'],
    ["the same for its effects", "packages/adapter-rest/src/x.ts", 'import "@apb/runner/plan";'],
    ["the same as a type", "packages/adapter-rest/src/x.ts", 'import type { A } from "@apb/runner/plan";'],
    ["the same when it runs", "packages/adapter-rest/src/x.ts", 'const a = (await import("@apb/runner/plan")).a;'],
    ["the same in a test", "packages/adapter-rest/src/x.test.ts", 'import { a } from "@apb/runner/plan";'],
    ["the same by its path", "packages/adapter-rest/src/x.ts", 'import { a } from "../../runner/src/plan.ts";'],
    ["an import only known when it runs", "packages/wire/src/x.ts", "await import(name);"],
    ["an import put together when it runs", "packages/wire/src/x.ts", `await import(\`./\${name}.ts\`);`],
    ["an adapter that reads a clock", "packages/adapter-rest/src/x.ts", "const now = Date.now();"],
    ["a report that reads a clock", "packages/report/src/x.ts", "const now = new Date();"],
    ["sockets that read a clock", "packages/wire/src/x.ts", "const now = process.hrtime.bigint();"],
    ["an undeclared package", "packages/wire/src/x.ts", 'import express from "express";'],
    ["an undeclared package with a scope", "packages/wire/src/x.ts", 'import { a } from "@grpc/grpc-js/build";'],
    ["an undeclared package in a test", "packages/wire/src/x.test.ts", 'import express from "express";'],
    ["a package for tests only", "packages/wire/src/x.ts", 'import { Client } from "undici";'],
    ["vitest outside of a test", "packages/wire/src/x.ts", 'import { vi } from "vitest";'],
    ["protocols that open files", "packages/protocols/src/x.ts", 'import { readFileSync } from "node:fs";'],
    ["protocols that import a package", "packages/protocols/src/x.ts", 'import { WebSocket } from "ws";'],
    ["protocols that read a clock", "packages/protocols/src/x.ts", `const id = \`\${performance.now()}\`;`],
    ["a runner that names a protocol", "packages/runner/src/x.ts", 'if (binding === "a2a/grpc") stop();'],
    ["a report with a protocol for a key", "packages/report/src/x.ts", "const colours = { agp: 1 };"],
    ["a scenario that names a protocol", "benchmarks/x.ts", "const name = 'ACP';"],
    ["a scenario that imports protocols", "benchmarks/x.ts", 'import { a } from "@apb/protocols/mcp";'],
    [
      "a server that imports code of core",
      "reference-servers/src/x.ts",
      'import { Failure } from "@apb/core/failure";',
    ],
    ["the same among types", "reference-servers/src/x.ts", 'import { type A, b } from "@apb/core/failure";'],
    ["a server that imports sockets", "reference-servers/src/x.ts", 'import type { A } from "@apb/wire/http";'],
    ["a file for everything", "packages/cli/src/utils.ts", ""],
    ["its test", "packages/cli/src/helper.test.ts", ""],
    ["a long file", "packages/cli/src/x.ts", "a();\n".repeat(301)],
    ["a file outside of every member", "packages/other/src/x.ts", ""],
  ])("finds %s", (_, path, text) => {
    expect(findings(path, text)).toHaveLength(1);
  });

  it.each([
    ["a declared package", "packages/wire/src/x.ts", 'import { WebSocket } from "ws";'],
    ["a declared member the table allows", "packages/wire/src/x.ts", 'import { Failure } from "@apb/core/failure";'],
    ["a package for tests in a test", "packages/wire/src/x.test.ts", 'import "undici";\nimport { it } from "vitest";'],
    ["a protocol in a test", "packages/runner/src/x.test.ts", 'const id = "mcp/jsonrpc";'],
    ["a protocol in a comment", "packages/runner/src/x.ts", '// like "mcp/jsonrpc"\n/* or "agp" */'],
    ["a word that only begins like one", "packages/report/src/x.ts", 'const text = "acpi" + "mcphee/x" + macp;'],
    ["a clock in the runner", "packages/runner/src/x.ts", "const now = performance.now();"],
    ["the clock of core", "packages/core/src/clock.ts", "export const now = () => performance.now();"],
    ["a clock in a string or comment", "packages/wire/src/x.ts", '// not Date.now()\nconst a = "performance.now()";'],
    ["a date of something stored", "packages/report/src/x.ts", "const at = new Date(run.startedAt);"],
    ["types of core in a server", "reference-servers/src/x.ts", 'import { type A, type B } from "@apb/core/binding";'],
    ["a whole import of types there", "reference-servers/src/x.ts", 'import type { A } from "@apb/core/binding";'],
    ["a file beside it", "packages/wire/src/a/x.ts", 'import { a } from "../b.ts";'],
    [
      "the harness measuring itself",
      "packages/selfcheck/src/x.ts",
      'import { a } from "@apb/wire/http";\nperformance.now();',
    ],
    ["three hundred lines", "packages/cli/src/x.ts", "a();\n".repeat(300)],
    ["a long test", "packages/cli/src/x.test.ts", "a();\n".repeat(301)],
  ])("lets %s be", (_, path, text) => {
    expect(findings(path, text)).toEqual([]);
  });

  it.each([
    ["a dependency the table does not allow", "packages/wire", { dependencies: { "@apb/runner": "workspace:*" } }],
    ["the same for tests", "packages/wire", { devDependencies: { "@apb/runner": "workspace:*" } }],
    ["a dependency on the command line", "packages/selfcheck", { dependencies: { "@apb/cli": "workspace:*" } }],
    ["a member the table does not know", "packages/other", {}],
  ])("finds a package.json with %s", (_, folder, manifest) => {
    expect(violations([], new Map([[folder, manifest]]))).toHaveLength(1);
  });

  it("takes what only tests import for a test", () => {
    const kit = { path: "packages/wire/src/kit.ts", text: 'import { it } from "vitest";' };
    const test = { path: "packages/wire/src/x.test.ts", text: 'import { a } from "./kit.ts";' };
    const source = { path: "packages/wire/src/y.ts", text: 'import { a } from "@apb/wire/kit";' };
    expect(violations([kit, test], around)).toEqual(violations([], around));
    expect(violations([kit, test, source], around)).toHaveLength(violations([], around).length + 1);
  });
});

describe("reading a source", () => {
  it("finds imports of every form and no others", () => {
    const text = [
      'import a from "one";',
      'import type { B } from "two";',
      'import {\n  c,\n  type D,\n} from "three";',
      'export { e } from "four";',
      'import "five";',
      'const f = await import("six");',
      '// import g from "seven";',
      'const h = "import i from";',
      'export const j = ["eight"];',
    ].join("\n");
    expect(importsOf(text).map(({ from }) => from)).toEqual(["one", "two", "three", "four", "five", "six"]);
  });

  it("tells code from comments, strings and patterns", () => {
    const { code, strings } = separated('a("x"); // "no"\nb(\'y\', /"[/"]z/, `t`); /* "no" */ c = d / 2 / "u";');
    expect(strings).toEqual(["x", "y", "t", "u"]);
    expect(code).not.toMatch(/[xyztu]|no/);
    expect(code).toContain("c = d / 2 /");
  });
});
