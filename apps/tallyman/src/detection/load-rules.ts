import { catalogueWith } from "../field-types.ts";
import { printDiagnostics } from "../output/diagnostics-output.ts";
import { writeStandardError } from "../output/output-stream.ts";
import type { Terminal } from "../output/terminal.ts";
import { RuleReloader } from "../reload/rule-reloader.ts";
import type { RulesFromPaths } from "../rule-files/prepare-rule-paths.ts";

/** Rules as they were at the start, and who looks at their files again. */
export interface LoadedRules {
  readonly rules: RulesFromPaths;
  readonly reloader: RuleReloader;
}

/** Reads the rules and prints what is wrong with them; a sentence without a full stop when none can run. */
export function loadRunnableRules(
  paths: readonly string[],
  fieldTypes: string | undefined,
  errorTerminal: Terminal,
): LoadedRules | string {
  const reloader = new RuleReloader(paths, catalogueWith(fieldTypes));
  const rules = reloader.load();
  const errors = rules.diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) writeStandardError(printDiagnostics(errors, errorTerminal));
  if (rules.prepared.ready.length === 0) return "no rule can run: `tallyman rules check` says why";
  return { rules, reloader };
}
