import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "apps/*/src/**/*.test.ts",
      "tools/**/*.test.ts",
      "bench/**/*.test.ts",
      "conformance/*.test.ts",
    ],
    globalSetup: "tools/build-before-tests.mjs",
    testTimeout: 30_000,
    // A busy machine takes its time; what never comes fails all the same.
    expect: { poll: { timeout: 20_000 } },
  },
});
