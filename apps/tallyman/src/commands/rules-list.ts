import { type ExitCode, exitCode } from "../exit-code.ts";
import { catalogueWith } from "../field-types.ts";
import { fail } from "../output/fail.ts";
import { jsonList } from "../output/json-line.ts";
import { writeStandardOutput } from "../output/output-stream.ts";
import { counted } from "../output/quantity.ts";
import { type ListedRule, renderRulesTable } from "../output/rules-table.ts";
import { type ColorChoice, describeTerminal, standardStream } from "../output/terminal.ts";
import { prepareRulePaths, type RulesFromPaths } from "../rule-files/prepare-rule-paths.ts";

export interface RulesListOptions {
  readonly format: "table" | "ndjson" | "json";
  readonly fieldTypes?: string;
  readonly color: ColorChoice;
}

/** `tallyman rules list`: the rules, by severity and name, with whether each runs. */
export function rulesList(paths: readonly string[], options: RulesListOptions): ExitCode {
  const loaded = prepareRulePaths(paths, catalogueWith(options.fieldTypes));
  const listed = listedRules(loaded);
  if (options.format === "table") {
    writeStandardOutput(
      renderRulesTable(listed, describeTerminal(standardStream("stdout"), process.env, options.color)),
    );
  } else {
    const rows = listed.map(({ rule, reason, needs }) => ({
      rule_id: rule.rule_id,
      name: rule.name,
      type: rule.type,
      severity: rule.severity,
      risk_score: rule.risk_score,
      ...(rule.index === undefined ? {} : { index: rule.index }),
      file: rule.source.text.name,
      ready: reason === undefined,
      ...(reason === undefined ? {} : { reason }),
      ...(needs === undefined ? {} : { needs }),
    }));
    writeStandardOutput(jsonList(rows, options.format));
  }
  const problem = errorsIn(loaded);
  return problem === undefined ? exitCode.ok : fail(problem, exitCode.failed);
}

/** How many errors there are in the rule files, and where to see them; undefined when there is none. */
export function errorsIn({ diagnostics }: RulesFromPaths): string | undefined {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  if (errors === 0) return undefined;
  return `${counted(errors, "error")} in the rule files: \`tallyman rules check\` shows them`;
}

/** Every rule with the reason why it does not run, or what it needs, in the order of the files. */
export function listedRules({ rules, prepared }: RulesFromPaths): readonly ListedRule[] {
  const reasons = new Map(prepared.idle.map(({ rule, reason }) => [rule, reason]));
  const needs = new Map(prepared.ready.map((ready) => [ready.rule, ready.needs]));
  return rules.map((rule) => ({ rule, reason: reasons.get(rule), needs: needs.get(rule) }));
}
