import { ecsCatalogue, FieldSlots } from "@tallyman/ecs";
import { loadRules } from "@tallyman/rules";
import { expect, test } from "vitest";
import { prepareRules } from "../prepare-rules.ts";
import { type RuleCost, ruleCosts } from "./rule-cost.ts";

function costOf(query: string, language: "kuery" | "eql" = "kuery"): RuleCost {
  const rule = {
    rule_id: "r",
    name: "R",
    description: "About it.",
    severity: "low",
    risk_score: 1,
    type: language === "eql" ? "eql" : "query",
    language,
    query,
  };
  const { rules } = loadRules([{ path: "rule.json", text: JSON.stringify([rule]) }]);
  return ruleCosts(prepareRules(rules, ecsCatalogue(), new FieldSlots()))[0] as RuleCost;
}

test.for([
  ["process.name:(nc or ncat)", [{ field: "process.name", values: ["nc", "ncat"], texts: [] }]],
  ["process.command_line:*/dev/tcp/*", [{ field: "process.command_line", values: [], texts: ["/dev/tcp/"] }]],
  [
    "event.category:process and destination.port:4444",
    [{ field: "destination.port", values: ["4444"], texts: [] }],
  ],
] as const)("%s is looked up", ([query, lookedFor]) => {
  const { clauses } = costOf(query);
  expect(clauses).toMatchObject([{ lookedFor, reasons: [] }]);
  expect(clauses[0]?.perThousand).toBeLessThan(1000);
});

test.for([
  ["not process.name:nc", ["what must not be"]],
  ["process.name:*", ["fields with any value"]],
  [
    "process.name:*e* and not user.name:root",
    ["what must not be", "patterns without three letters in a row"],
  ],
  ["process.name:nc or not user.name:root", ["what must not be"]],
  ["process.pid > 4", ["ranges"]],
  ["process.interactive:true", ["true or false"]],
  ["source.ip:10.0.0.0/8", ["addresses"]],
  ["*:nc", ["fields of any name"]],
] as const)("%s is evaluated for every event, and why is said", ([query, reasons]) => {
  const [dearest] = costOf(query).clauses.toSorted((a, b) => b.perThousand - a.perThousand);
  expect(dearest).toMatchObject({ lookedFor: [], reasons, perThousand: 1000 });
});

test("a rule that asks for many common values is not looked up", () => {
  const values = Array.from({ length: 30 }, (_, i) => i).join(" or ");
  expect(costOf(`user.id:(${values}) and not user.name:x`).clauses).toMatchObject([
    { lookedFor: [], reasons: ["values that most events have"] },
  ]);
});

test("what the kind of an event decides alone costs nothing", () => {
  const cost = costOf("event.category:process and event.type:start");
  expect(cost).toMatchObject({ perThousand: 0, clauses: [{ condition: undefined, reasons: [] }] });
  expect(cost.clauses[0]?.kinds).toMatch("event.category is");
});

test("each stage of a sequence is a condition of its own", () => {
  const { clauses, perThousand } = costOf(
    'sequence by host.id [process where process.name == "nc"] [network where not destination.port == 22]',
    "eql",
  );
  expect(clauses.map(({ reasons }) => reasons)).toEqual([[], ["what must not be"]]);
  expect(perThousand).toBe((clauses[0]?.perThousand ?? 0) + 1000);
});
