import fc from "fast-check";
import { expect, test } from "vitest";
import { isDeeperThan } from "./json-depth.ts";

test.for([
  { text: "1", depth: 0 },
  { text: "{}", depth: 1 },
  { text: '[[],[[]],{"a":{}}]', depth: 3 },
  { text: '{"a":"[[[[[["}', depth: 1 },
  { text: '{"[[[[":"\\"[[[[\\\\"}', depth: 1 },
  { text: `${'{"a":['.repeat(32)}1${"]}".repeat(32)}`, depth: 64 },
  { text: `[${"[],".repeat(100)}[[]]]`, depth: 3 },
])("$text is $depth deep", ({ text, depth }) => {
  expect(isDeeperThan(text, depth)).toBe(false);
  if (depth > 0) expect(isDeeperThan(text, depth - 1)).toBe(true);
});

test("the depth is that of the parsed value", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 0, max: 8 }), (value, depthMax) => {
      expect(isDeeperThan(JSON.stringify(value), depthMax)).toBe(depthOf(value) > depthMax);
    }),
  );
});

test("a million brackets are no matter of recursion", () => {
  expect(isDeeperThan("[".repeat(1e6), 64)).toBe(true);
  expect(isDeeperThan("[]".repeat(1e6), 64)).toBe(false);
});

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
