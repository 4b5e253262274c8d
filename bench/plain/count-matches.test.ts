import { expect, test } from "vitest";
import { loadOwnRules } from "../rules/rule-set.ts";
import { singleConditions } from "../rules/single-conditions.ts";
import { countByEngine, countPlainly, differences } from "./count-matches.ts";
import { pinnedCounts } from "./pinned-counts.ts";

const conditions = singleConditions(loadOwnRules());

test("the stages of a sequence are conditions of their own", () => {
  expect(conditions.map(({ rule_id }) => rule_id.split("/")[1]).filter(Boolean)).toEqual(["0", "1"]);
});

test("plain evaluation and the engine count the same matches as ever, and every rule of our own has some", () => {
  const { counts, ...events } = pinnedCounts().own;
  expect(countPlainly(conditions, events)).toEqual(counts);
  expect(countByEngine(conditions, events)).toEqual(counts);
  expect(Object.keys(counts)).toHaveLength(conditions.length);
});

test("a difference names the condition and both counts", () => {
  expect(differences(["plain", { a: 1, b: 2 }], ["engine", { a: 1, c: 3 }])).toEqual([
    "b: plain 2, engine 0",
    "c: plain 0, engine 3",
  ]);
});
