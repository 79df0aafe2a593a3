import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Manifest, violations } from "./testing/architecture.ts";
import { knownCircles } from "./testing/architecture-table.ts";
import { importCircles } from "./testing/import-circles.ts";
import { parseSource } from "./testing/parsed-source.ts";

const top = new URL("../../../", import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, top), "utf8");
}

/** Every file below a folder, but for what was installed, measured or built. */
function filesBelow(folder: string): string[] {
  return readdirSync(new URL(folder, top), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".") || ["node_modules", "results", "dist"].includes(entry.name)) return [];
    const path = folder + entry.name;
    return entry.isDirectory() ? filesBelow(`${path}/`) : [path];
  });
}

const files = filesBelow("");
const sources = files
  .filter((path) => /\.(ts|mjs)$/.test(path) && path.includes("/"))
  .map((path) => parseSource({ path, text: read(path) }));
const manifests = new Map(
  files
    .filter((path) => path === "package.json" || path.endsWith("/package.json"))
    .map((path) => [path.slice(0, Math.max(path.lastIndexOf("/"), 0)), JSON.parse(read(path)) as Manifest]),
);

describe("the repository", () => {
  it("breaks no rule", () => {
    expect(violations(sources, manifests)).toEqual([]);
  });

  it("has no circles of imports but those known, and each of those", () => {
    expect(importCircles(sources)).toEqual(knownCircles);
  });
});

/** Enough of a repository for one source: what it may import by its manifest is not what it may import by the table. */
const declared = {
  dependencies: { "@apb/core": "", "@apb/generator": "", "@apb/wire": "", "@apb/runner": "", ws: "" },
  devDependencies: { undici: "" },
};
const around = new Map<string, Manifest>(
  [
    "packages/core",
    "packages/protocols",
    "packages/wire",
    "packages/adapter-rest",
    "packages/generator",
    "packages/runner",
    "packages/report",
  ]
    .concat("benchmarks", "reference-servers", "packages/cli", "packages/selfcheck")
    .map((folder) => [folder, declared]),
);
around.set("", { devDependencies: { vitest: "" } });

function findings(path: string, text: string): string[] {
  return violations([parseSource({ path, text })], around).filter((line) => line.startsWith(`${path}: `));
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
    ["the same where it is all types", "reference-servers/src/x.ts", 'import { type A } from "@apb/core/failure";'],
    ["the same re-exported", "reference-servers/src/x.ts", 'export { a } from "@apb/core/failure";'],
    ["the same for its effects", "reference-servers/src/x.ts", 'import "@apb/core/failure";'],
    ["the same when it runs", "reference-servers/src/x.ts", 'await import("@apb/core/failure");'],
    ["a runner with a generator within", "packages/runner/src/x.ts", 'import { a } from "@apb/generator/meter";'],
    ["a generator that imports the runner", "packages/generator/src/x.ts", 'import { a } from "@apb/runner/plan";'],
    ["a generator that names a protocol", "packages/generator/src/x.ts", "const { acp } = bindings;"],
    ["a generator that imports sockets", "packages/generator/src/x.ts", 'import type { A } from "@apb/wire/http";'],
    ["a type taken from elsewhere", "packages/wire/src/x.ts", 'let a: import("@apb/runner/plan").Plan;'],
    ["its own member by name", "packages/wire/src/x.ts", 'import { a } from "@apb/wire/http";'],
    ["test support in the product", "packages/wire/src/x.ts", 'import { a } from "./testing/b.ts";'],
    ["its types", "packages/wire/src/x.ts", 'import type { A } from "./a/testing/b.ts";'],
    ["test support of another member", "packages/runner/src/x.ts", 'import { a } from "@apb/core/testing/fakes";'],
    ["long test support", "packages/wire/src/testing/x.ts", "a();\n".repeat(301)],
    ["an undeclared package in test support", "packages/wire/src/testing/x.ts", 'import express from "express";'],
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
    ["types of core in a server", "reference-servers/src/x.ts", 'import type { A } from "@apb/core/binding";'],
    ["the same re-exported", "reference-servers/src/x.ts", 'export type { A } from "@apb/core/binding";'],
    ["the same within a type", "reference-servers/src/x.ts", 'let a: import("@apb/core/binding").Binding;'],
    [
      "what connections came of in the runner",
      "packages/runner/src/x.ts",
      'import { a } from "@apb/generator/connected";',
    ],
    ["types of a generator there", "packages/runner/src/x.ts", 'import type { A } from "@apb/generator/meter";'],
    ["a clock in a generator", "packages/generator/src/x.ts", "const now = performance.now();"],
    ["test support in a test", "packages/runner/src/x.test.ts", 'import { a } from "@apb/core/testing/fakes";'],
    ["test support in test support", "packages/wire/src/testing/x.ts", 'import { a } from "./y/testing/z.ts";'],
    ["a package for tests in test support", "packages/wire/src/testing/x.ts", 'import { it } from "vitest";'],
    ["a protocol in test support", "packages/runner/src/testing/x.ts", 'const id = "mcp/jsonrpc";'],
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
});

describe("circles of imports", () => {
  const circlesOf = (texts: Readonly<Record<string, string>>): string[][] =>
    importCircles(Object.entries(texts).map(([path, text]) => parseSource({ path, text })));

  it("finds a circle of values, of types, of what runs later, and not the way to it", () => {
    const found = circlesOf({
      "core/d.ts": 'import { a } from "./a.ts";',
      "core/c.ts": 'const { a } = await import("./a.ts");',
      "core/a.ts": 'import type { B } from "./in/b.ts";\nimport { e } from "./e.ts";',
      "core/in/b.ts": 'export * from "../c.ts";',
      "core/e.ts": 'import { gone } from "./gone.ts";\nimport "node:fs";',
    });
    expect(found).toEqual([["core/a.ts", "core/c.ts", "core/in/b.ts"]]);
  });

  it("tells two circles apart, finds a file that imports itself, and takes circles that meet for one", () => {
    const found = circlesOf({
      "x/self.ts": 'export * from "./self.ts";\nimport "./b.ts";',
      "x/b.ts": 'import "./a.ts";',
      "x/a.ts": 'import "./b.ts";\nimport "./c.ts";',
      "x/c.ts": 'import "./a.ts";',
    });
    expect(found).toEqual([["x/a.ts", "x/b.ts", "x/c.ts"], ["x/self.ts"]]);
  });
});

describe("reading a source", () => {
  it("finds imports of every form and no others", () => {
    const text = [
      'import a from "one";',
      'import type { B } from "./two.ts";',
      'import {\n  c,\n  type D,\n} from "three";',
      'export { e } from "four";',
      'import "five";',
      'const f = await import("../six.ts");',
      'type F = import("seven").F;',
      'export type * from "eight";',
      "await import(f);",
      '// import g from "nine";',
      'const h = "import i from";',
      'export const j = ["ten"];',
      "export { h };",
    ].join("\n");
    const { imports } = parseSource({ path: "x/src/a/x.ts", text });
    expect(imports.map(({ from, file, typesOnly }) => [from, file, typesOnly])).toEqual([
      ["one", null, false],
      ["./two.ts", "x/src/a/two.ts", true],
      ["three", null, false],
      ["four", null, false],
      ["five", null, false],
      ["../six.ts", "x/src/six.ts", false],
      ["seven", null, true],
      ["eight", null, true],
      [null, null, false],
    ]);
  });

  it("tells names from strings, and both from comments and patterns", () => {
    const text = `a.b("x"); // "no"\nc('y', /"[/"]z/, \`t\${d}u\`); /* "no" */ e = { f: g / 2 / "v" };\n\n`;
    const { names, strings, lines } = parseSource({ path: "x.ts", text });
    expect([...names].sort()).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
    expect([...strings].sort()).toEqual(["t", "u", "v", "x", "y"]);
    expect(lines).toBe(2);
  });

  it.each(["performance.now()", "Date.now()", "new Date()", "process.hrtime.bigint()", "const { now } = performance"])(
    "finds the clock in %s",
    (text) => expect(parseSource({ path: "x.ts", text }).readsClock).toBe(true),
  );

  it("says what cannot be read", () => {
    expect(() => parseSource({ path: "x/y.ts", text: "const = 1;" })).toThrow(/^x\/y\.ts: /);
  });
});
