import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "apps/*/src/**/*.test.ts",
      "tools/**/*.test.ts",
      "conformance/*.test.ts",
    ],
    testTimeout: 30_000,
  },
});
