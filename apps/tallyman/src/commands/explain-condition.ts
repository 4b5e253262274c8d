import { describe, SourceText, visible } from "@tallyman/languages";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { catalogueWith } from "../field-types.ts";
import { printDiagnostics } from "../output/diagnostics-output.ts";
import { writeStandardOutput } from "../output/output-stream.ts";
import { type ColorChoice, describeTerminal, standardStream } from "../output/terminal.ts";
import type { EventLanguage } from "./event-language.ts";

export interface ExplainOptions {
  readonly fieldTypes?: string;
  readonly color: ColorChoice;
}

/** `tallyman explain kql` and `lucene`: how a query is read, what it means, and what is wrong with it. */
export function explainCondition(language: EventLanguage, text: string, options: ExplainOptions): ExitCode {
  const terminal = describeTerminal(standardStream("stdout"), process.env, options.color);
  const normalised = language.normalised(text);
  const { expression, diagnostics } = language.check(text, catalogueWith(options.fieldTypes));
  const source = new SourceText("query", text);
  const sections: string[] = [];
  if (normalised !== undefined)
    sections.push(`Read as\n${indent(visible(normalised) || "(the empty query)")}\n`);
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
