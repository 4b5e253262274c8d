import { findExpired, lintRule } from "@tallyman/rules";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { catalogueWith } from "../field-types.ts";
import { diagnosticForPrograms, printDiagnostics } from "../output/diagnostics-output.ts";
import { writeStandardOutput } from "../output/output-stream.ts";
import { renderRulesCheck } from "../output/rules-check-text.ts";
import { type ColorChoice, describeTerminal, standardStream } from "../output/terminal.ts";
import { prepareRulePaths } from "../rule-files/prepare-rule-paths.ts";

export interface RulesCheckOptions {
  readonly exceptions?: readonly string[];
  readonly fieldTypes?: string;
  readonly format: "text" | "json";
  /** Also what is valid and hardly meant. */
  readonly lint?: boolean;
  readonly quiet?: boolean;
  readonly color: ColorChoice;
}

/** `tallyman rules check`: what of a rule set runs, and every mistake in it. */
export function rulesCheck(paths: readonly string[], options: RulesCheckOptions): ExitCode {
  const terminal = describeTerminal(standardStream("stdout"), process.env, options.color);
  const catalogue = catalogueWith(options.fieldTypes);
  const prepared = prepareRulePaths(paths, catalogue, options.exceptions);
  const checked = {
    ...prepared,
    diagnostics: [
      ...prepared.diagnostics,
      ...findExpired(prepared.exceptions.items, Date.now()),
      ...(options.lint ? prepared.rules.flatMap((rule) => lintRule(rule, catalogue)) : []),
    ],
  };
  const hasErrors = checked.diagnostics.some(({ severity }) => severity === "error");
  if (options.format === "json") {
    writeStandardOutput(`${JSON.stringify(resultForPrograms(checked), undefined, 2)}\n`);
  } else {
    const shown = options.quiet
      ? checked.diagnostics.filter(({ severity }) => severity === "error")
      : checked.diagnostics;
    // That a rule type cannot run yet is said once for all its rules, below.
    const places = shown.filter(({ code }) => code !== "rule-type-not-supported");
    const parts = [
      printDiagnostics(places, terminal),
      options.quiet ? "" : renderRulesCheck(checked, terminal),
    ];
    writeStandardOutput(parts.filter((part) => part !== "").join("\n"));
  }
  return hasErrors ? exitCode.failed : exitCode.ok;
}

function resultForPrograms({
  fileCount,
  rules,
  prepared,
  diagnostics,
}: ReturnType<typeof prepareRulePaths>): object {
  return {
    files: fileCount,
    rules: rules.length,
    ready: prepared.ready.length,
    not_run: prepared.idle.map(({ rule, reason }) => ({
      rule_id: rule.rule_id,
      name: rule.name,
      type: rule.type,
      reason,
    })),
    diagnostics: diagnostics.map(diagnosticForPrograms),
  };
}
