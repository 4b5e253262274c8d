import { checkKql, describe, parseKql, printKql, SourceText, visible } from "@tallyman/languages";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { catalogueWith } from "../field-types.ts";
import { printDiagnostics } from "../output/diagnostics-output.ts";
import { writeStandardOutput } from "../output/output-stream.ts";
import { type ColorChoice, describeTerminal, standardStream } from "../output/terminal.ts";

export interface ExplainKqlOptions {
  readonly fieldTypes?: string;
  readonly color: ColorChoice;
}

/** `tallyman explain kql`: how a query is read, what it means, and what is wrong with it. */
export function explainKql(text: string, options: ExplainKqlOptions): ExitCode {
  const terminal = describeTerminal(standardStream("stdout"), process.env, options.color);
  const { query } = parseKql(text);
  const { expression, diagnostics } = checkKql(text, catalogueWith(options.fieldTypes));
  const source = new SourceText("query", text);
  const sections: string[] = [];
  if (query !== undefined)
    sections.push(`Read as\n${indent(visible(printKql(query)) || "(the empty query)")}\n`);
  if (expression !== undefined) sections.push(`Matches an event when\n${indent(describe(expression))}\n`);
  if (diagnostics.length > 0) {
    sections.push(
      printDiagnostics(
        diagnostics.map((found) => ({ ...found, source })),
        terminal,
      ),
    );
  }
  writeStandardOutput(sections.join("\n"));
  return expression === undefined ? exitCode.failed : exitCode.ok;
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}
