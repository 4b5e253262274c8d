import { readdirSync, readFileSync } from "node:fs";
import { ecsCatalogue, FieldSlots, type JsonObject } from "@tallyman/ecs";
import { Engine, MemoryFirstSeenStore, prepareRules } from "@tallyman/engine";
import { renderDiagnostic } from "@tallyman/languages";
import { loadExceptions, loadRules, type RuleFile } from "@tallyman/rules";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";

/** The cases of conformance/exceptions; README.md says what they hold. */
interface ExceptionCases {
  readonly about: string;
  readonly case: readonly ExceptionCase[];
}

interface ExceptionCase {
  readonly about: string;
  readonly export: string;
  readonly value_lists?: string;
  readonly rule?: JsonObject;
  readonly excepted: readonly JsonObject[];
  readonly alerts: readonly JsonObject[];
}

/** What the rule of every case is, if the case does not say. */
const ordinary: JsonObject = {
  rule_id: "case",
  name: "case",
  description: "A case.",
  risk_score: 47,
  severity: "medium",
  type: "query",
  query: "*:*",
  index: ["logs-*"],
  exceptions_list: [{ id: "1", list_id: "list", type: "detection", namespace_type: "single" }],
};

const folder = new URL("exceptions/", import.meta.url);

for (const file of readdirSync(folder)) {
  const cases = parse(readFileSync(new URL(file, folder), "utf8")) as unknown as ExceptionCases;
  describe(`${file}: ${cases.about}`, () => {
    test.for([...cases.case])("$about", (given) => {
      const takesOut = exceptionsOf(given);
      expect(given.excepted.map(takesOut)).toEqual(given.excepted.map(() => true));
      expect(given.alerts.map(takesOut)).toEqual(given.alerts.map(() => false));
    });
  });
}

/** Tells of an event whether the rule would alert on it, were it not for the exceptions. */
function exceptionsOf(given: ExceptionCase): (event: JsonObject) => boolean {
  const files: RuleFile[] = [{ path: "export.ndjson", text: given.export }];
  if (given.value_lists !== undefined) files.push({ path: "lists.toml", text: given.value_lists });
  // A rule export holds its rules and their exceptions.
  const isRuleExport = given.export.includes('"rule_id"');
  const ruleFiles = isRuleExport
    ? [{ path: "export.ndjson", text: given.export }]
    : [{ path: "rule.json", text: JSON.stringify({ ...ordinary, ...given.rule }) }];
  const loaded = loadRules(ruleFiles);
  const exceptions = loadExceptions({
    files: isRuleExport ? files.slice(1) : files,
    ruleFiles,
    readValueFile: () => ({ problem: "there are no files here" }),
  });
  const prepared = prepareRules(loaded.rules, ecsCatalogue(), new FieldSlots(), exceptions);
  const found = [...loaded.diagnostics, ...prepared.diagnostics, ...prepared.exceptionDiagnostics];
  const errors = found.filter(({ severity }) => severity === "error");
  expect(errors.map((error) => renderDiagnostic(error))).toEqual([]);
  let time = Date.UTC(2024, 4, 1);
  return ({ at, ...event }) => {
    const engine = new Engine(prepared, { firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]) });
    time += 1;
    const document = {
      "@timestamp": typeof at === "string" ? at : new Date(time).toISOString(),
      data_stream: { type: "logs", dataset: "test", namespace: "default" },
      ...event,
    };
    const before = engine.report().rules[0]?.excepted ?? 0;
    const alerts = engine.process({ document });
    const excepted = (engine.report().rules[0]?.excepted ?? 0) - before;
    expect(alerts.length + excepted).toBe(1);
    return excepted === 1;
  };
}
