import { join } from "node:path";
import { ecsCatalogue, FieldSlots } from "@tallyman/ecs";
import { prepareRules } from "@tallyman/engine";
import {
  parseEql,
  parseKql,
  parseLucene,
  printEql,
  printKql,
  printLucene,
  renderDiagnostic,
} from "@tallyman/languages";
import { loadRules, type QueryLanguage } from "@tallyman/rules";
import { readRuleFiles } from "../../apps/tallyman/src/rule-files/read-rule-files.ts";
import type { CheckResult } from "./check-result.ts";

/** Of the corpus as it is now, every rule that is not in ES|QL; deprecated ones included. */
const readyCount = 1980;

/** Loads and compiles every rule file of the corpus: none may have an error, all but those in ES|QL must be ready to run, and every query in KQL, Lucene and EQL must survive being printed. */
export function checkRuleFiles(shared: string): CheckResult {
  const { files } = readRuleFiles([join(shared, "corpus", "detection-rules")]);
  const { rules, diagnostics } = loadRules(files);
  const prepared = prepareRules(rules, ecsCatalogue(), new FieldSlots());
  const errors = [...diagnostics, ...prepared.diagnostics].filter(({ severity }) => severity === "error");
  const failed = errors.map((error) => renderDiagnostic(error));
  let queries = 0;
  for (const rule of rules) {
    const found = "query" in rule ? [rule.query] : [];
    if (rule.type === "threat_match") found.push(rule.threat_query);
    for (const { language, text } of found) {
      const print = printers[language];
      if (print === undefined) continue;
      queries += 1;
      const printed = print(text);
      if (printed === undefined || print(printed) !== printed)
        failed.push(`${rule.name}: the query changes when it is printed`);
    }
  }
  const idle = prepared.idle.filter(({ rule }) => rule.type !== "esql");
  failed.push(...idle.map(({ reason, rule }) => `${rule.name}: not ready, ${reason}`));
  if (prepared.ready.length !== readyCount)
    failed.push(`${prepared.ready.length} rules are ready, not ${readyCount}`);
  if (rules.length !== files.length) failed.push(`${files.length} files gave ${rules.length} rules`);
  return {
    passed: rules.length + queries,
    failed,
    notes: [
      `${files.length} files, ${rules.length} rules, ${queries} queries in KQL, Lucene and EQL, ${prepared.ready.length} ready, ${prepared.idle.length} not run`,
      ...countBy([...diagnostics, ...prepared.diagnostics].map(({ code }) => code)),
    ],
  };
}

/** The printed form of a query, by its language; undefined where it cannot be read. */
const printers: Partial<Record<QueryLanguage, (text: string) => string | undefined>> = {
  kuery(text) {
    const { query } = parseKql(text);
    return query && printKql(query);
  },
  lucene(text) {
    const { query } = parseLucene(text);
    return query && printLucene(query);
  },
  eql(text) {
    const { query } = parseEql(text);
    return query && printEql(query);
  },
};

function countBy(names: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${count} ${name}`);
}
