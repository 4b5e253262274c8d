import type { JsonObject } from "@tallyman/ecs";
import { loadRules } from "@tallyman/rules";
import { expect, test } from "vitest";
import { type AlertRating, rate } from "./overrides.ts";

const plain = { name: "n", severity: "low", riskScore: 21 } as const;

function ratingOf(overrides: JsonObject, document: JsonObject): AlertRating {
  const rule = {
    rule_id: "r",
    name: "n",
    description: "d",
    risk_score: 21,
    severity: "low",
    type: "query",
    query: "a:b",
    ...overrides,
  };
  const [loaded] = loadRules([{ path: "r.json", text: JSON.stringify(rule) }]).rules;
  if (loaded === undefined) throw new Error("the rule is not whole");
  return rate(loaded, document);
}

const name = { rule_name_override: "message" };
const score = { risk_score_mapping: [{ field: "event.risk_score", operator: "equals", value: "" }] };
const grade = (field: string, ...values: readonly (readonly [value: string, severity: string])[]) => ({
  severity_mapping: values.map(([value, severity]) => ({ field, operator: "equals", value, severity })),
});

test.for<[about: string, overrides: JsonObject, document: JsonObject, want: Partial<AlertRating>]>([
  ["a name", name, { message: "m" }, { name: "m" }],
  ["a list of one name", name, { message: ["m"] }, { name: "m" }],
  ["of several names none", name, { message: ["m", "n2"] }, {}],
  ["an empty name", name, { message: "" }, {}],
  ["a number is no name", name, { message: 5 }, {}],
  ["a missing field", { ...name, ...score, ...grade("x", ["y", "high"]) }, {}, {}],
  ["a score, as number and text", score, { "event.risk_score": "73.5" }, { riskScore: 73.5 }],
  [
    "the greatest of several scores",
    score,
    { event: { risk_score: [10, "90", 101, -1] } },
    { riskScore: 90 },
  ],
  ["a score of nothing", score, { event: { risk_score: 0 } }, { riskScore: 0 }],
  ["scores that are none", score, { event: { risk_score: [101, "x", true] } }, {}],
  [
    "only the first mapping counts",
    { risk_score_mapping: [...score.risk_score_mapping, { field: "b", operator: "equals", value: "" }] },
    { b: 50 },
    {},
  ],
  [
    "the gravest severity that holds, in any order, of any element",
    grade("event.action", ["a", "critical"], ["b", "medium"], ["c", "high"]),
    { event: { action: ["b", "c"] } },
    { severity: "high" },
  ],
  ["case counts", grade("event.action", ["A", "high"]), { event: { action: "a" } }, {}],
  ["numbers as text", grade("event.code", ["4625", "high"]), { event: { code: 4625 } }, { severity: "high" }],
  [
    "event.severity is a whole number, of which the mapping may say more",
    grade("event.severity", ["73.9", "high"]),
    { event: { severity: 73 } },
    { severity: "high" },
  ],
  ["and no other", grade("event.severity", ["73", "high"]), { event: { severity: 73.5 } }, {}],
])("%s", ([, overrides, document, want]) => {
  expect(ratingOf(overrides, document)).toEqual({ ...plain, ...want });
});
