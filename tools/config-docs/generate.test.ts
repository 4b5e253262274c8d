import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withPart } from "../marked-part.ts";
import { keysPart } from "./generate.ts";

test("docs/configuration.md says what the definitions of the keys say", () => {
  const text = readFileSync(keysPart.page, "utf8");
  expect(withPart(keysPart, text)).toBe(text);
});
