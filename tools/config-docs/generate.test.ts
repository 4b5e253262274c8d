import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { page, withKeys } from "./generate.ts";

test("docs/configuration.md says what the definitions of the keys say", () => {
  const text = readFileSync(page, "utf8");
  expect(withKeys(text)).toBe(text);
});
