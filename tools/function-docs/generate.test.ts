import { join } from "node:path";
import { expect, test } from "vitest";
import { stalePages } from "./generate.ts";

test("the function reference says what the definitions say", () => {
  expect(stalePages(join(import.meta.dirname, "..", "..", "docs", "functions"))).toEqual([]);
});
