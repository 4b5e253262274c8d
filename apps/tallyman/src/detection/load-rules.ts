import { catalogueWith } from "../field-types.ts";
import { printDiagnostics } from "../output/diagnostics-output.ts";
import { writeStandardError } from "../output/output-stream.ts";
import type { Terminal } from "../output/terminal.ts";
import { type RulePaths, RuleReloader } from "../reload/rule-reloader.ts";
import type { RulesFromPaths } from "../rule-files/prepare-rule-paths.ts";

/** Rules as they were at the start, and who looks at their files again. */
export interface LoadedRules {
  readonly rules: RulesFromPaths;
  readonly reloader: RuleReloader;
}

/** Reads rules and their exceptions, and prints what is wrong with them; a sentence without a full stop when no rule can run. */
export function loadRunnableRules(
  options: RulePaths & { readonly fieldTypes: string | undefined; readonly quiet: boolean },
  errorTerminal: Terminal,
): LoadedRules | string {
  const reloader = new RuleReloader(options, catalogueWith(options.fieldTypes));
  const rules = reloader.load();
  // An exception that takes out nothing would otherwise not be noticed.
  const shown = new Set(options.quiet ? [] : rules.prepared.exceptionDiagnostics);
  const problems = rules.diagnostics.filter((each) => each.severity === "error" || shown.has(each));
  if (problems.length > 0) writeStandardError(printDiagnostics(problems, errorTerminal));
  if (rules.prepared.ready.length === 0) return "no rule can run: `tallyman rules check` says why";
  return { rules, reloader };
}
