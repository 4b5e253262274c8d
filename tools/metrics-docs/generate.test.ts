import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withPart } from "../marked-part.ts";
import { metricsPart } from "./generate.ts";

test("docs/metrics.md says what the definitions of the metrics say", () => {
  const text = readFileSync(metricsPart.page, "utf8");
  expect(withPart(metricsPart, text)).toBe(text);
});
