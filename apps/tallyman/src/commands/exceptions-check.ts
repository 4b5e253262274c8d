import type { LocatedDiagnostic } from "@tallyman/languages";
import { findExpired } from "@tallyman/rules";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { catalogueWith } from "../field-types.ts";
import { diagnosticForPrograms, printDiagnostics } from "../output/diagnostics-output.ts";
import { lookOf } from "../output/look.ts";
import { writeStandardOutput } from "../output/output-stream.ts";
import { counted } from "../output/quantity.ts";
import { type ColorChoice, describeTerminal, standardStream } from "../output/terminal.ts";
import { prepareRulePaths } from "../rule-files/prepare-rule-paths.ts";

export interface ExceptionsCheckOptions {
  readonly rules?: readonly string[];
  readonly fieldTypes?: string;
  readonly format: "text" | "json";
  readonly quiet?: boolean;
  readonly color: ColorChoice;
}

/** `tallyman exceptions check`: every mistake in files of exceptions, and what in them can never match. */
export function exceptionsCheck(paths: readonly string[], options: ExceptionsCheckOptions): ExitCode {
  const terminal = describeTerminal(standardStream("stdout"), process.env, options.color);
  const { diagnostics, exceptionFiles, exceptions, prepared } = prepareRulePaths(
    options.rules ?? [],
    catalogueWith(options.fieldTypes),
    paths,
  );
  const own = new Set(prepared.exceptionDiagnostics);
  const found = [
    // What is wrong with a rule is an error here too: its exceptions cannot be judged.
    ...diagnostics.filter((each) => own.has(each) || each.severity === "error"),
    ...findExpired(exceptions.items, Date.now()),
  ].sort(byPlace);
  const hasErrors = found.some(({ severity }) => severity === "error");
  const rulesWithExceptions = prepared.ready.filter((ready) => ready.exceptions.size > 0).length;
  if (options.format === "json") {
    const result = {
      files: exceptionFiles.length,
      exceptions: exceptions.items.length,
      value_lists: exceptions.valueLists.size,
      rules_with_exceptions: rulesWithExceptions,
      diagnostics: found.map(diagnosticForPrograms),
    };
    writeStandardOutput(`${JSON.stringify(result, undefined, 2)}\n`);
  } else {
    const shown = options.quiet ? found.filter(({ severity }) => severity === "error") : found;
    const count = lookOf(terminal).strong(counted(exceptions.items.length, "exception"));
    const total = `${count} in ${counted(exceptionFiles.length, "file")}, for ${rulesWithExceptions} of ${counted(prepared.ready.length, "running rule")}\n`;
    const parts = [printDiagnostics(shown, terminal), options.quiet ? "" : total];
    writeStandardOutput(parts.filter((part) => part !== "").join("\n"));
  }
  return hasErrors ? exitCode.failed : exitCode.ok;
}

function byPlace(a: LocatedDiagnostic, b: LocatedDiagnostic): number {
  if (a.source.name !== b.source.name) return a.source.name < b.source.name ? -1 : 1;
  return a.span.start - b.span.start;
}
