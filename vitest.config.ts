import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.ts", "reference-servers/src/**/*.test.ts", "benchmarks/**/*.test.ts"],
    globalSetup: "packages/agent-protocol-bench/src/testing/built-programs.ts",
    setupFiles: "packages/core/src/testing/fuzz-seed.ts",
    // By itself vitest leaves a core idle, and many tests wait for processes of their own.
    maxWorkers: "100%",
    // A process for each file would cost more than most files' tests; no test leaves anything of its own behind.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
