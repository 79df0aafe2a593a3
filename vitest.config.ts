import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.ts", "reference-servers/src/**/*.test.ts", "benchmarks/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
