import { fileURLToPath } from "node:url";

/** Where this is, and everything beside it in the package, from the top of the repository. */
export const repository: string = fileURLToPath(new URL("../../../", import.meta.url));

/** The package's modules by name: what is started as a process, and what scenario files import. */
export const modules = {
  main: "packages/cli/src/main.ts",
  generator: "packages/cli/src/generator.ts",
  server: "reference-servers/src/main.ts",
  "session-server": "reference-servers/src/stdio.ts",
  "ceiling-generator": "packages/selfcheck/src/generator.ts",
  "null-server": "packages/selfcheck/src/null/server.ts",
  index: "packages/scenario-file/src/agent-protocol-bench.ts",
} as const;

/** Files beside the modules by the names under which the modules ask for them, `imports` of the package.json above them. */
export const imports: Readonly<Record<string, string>> = {
  "#ceiling-generator": "ceiling-generator.js",
  "#expectations": "course-expectations.json",
  "#generator": "generator.js",
  "#null-server": "null-server.js",
  "#scenario": "index.js",
  "#server": "server.js",
  "#session-server": "session-server.js",
};

/** Files that are read or started as they are, by a URL relative to the module that names them. */
export const assets: readonly string[] = [
  "benchmarks/course-expectations.json",
  "packages/generator/src/metronome-thread.mjs",
  "packages/scenario-file/src/resolve-own.mjs",
  "protos/a2a.proto",
  "protos/agp.proto",
  "protos/grpc-health.proto",
  "protos/grpc-reflection.proto",
  "protos/rpc-status.proto",
  "protos/slim.proto",
];

/** Only these load what the package leaves out; they say so where it is missing. */
export const leavesOut = "reference-servers/src/sdk/";
