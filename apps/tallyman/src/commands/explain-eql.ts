import {
  type CheckedEql,
  type CheckedStage,
  checkEql,
  describe,
  type JoinKeyField,
  parseEql,
  printEql,
  SourceText,
  visible,
} from "@tallyman/languages";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { catalogueWith } from "../field-types.ts";
import { printDiagnostics } from "../output/diagnostics-output.ts";
import { writeStandardOutput } from "../output/output-stream.ts";
import { formatDuration } from "../output/quantity.ts";
import { describeTerminal, standardStream } from "../output/terminal.ts";
import type { ExplainKqlOptions } from "./explain-kql.ts";

export interface ExplainEqlOptions extends ExplainKqlOptions {
  readonly eventCategoryField: string;
}

/** `tallyman explain eql`: how a query is read, its stages with their keys and conditions, and what is wrong with it. */
export function explainEql(text: string, options: ExplainEqlOptions): ExitCode {
  const terminal = describeTerminal(standardStream("stdout"), process.env, options.color);
  const parsed = parseEql(text);
  const { query, diagnostics } = checkEql(text, catalogueWith(options.fieldTypes), {
    eventCategoryField: options.eventCategoryField,
  });
  const source = new SourceText("query", text);
  const sections: string[] = [];
  if (parsed.query !== undefined) sections.push(`Read as\n${indent(visibleLines(printEql(parsed.query)))}\n`);
  if (query !== undefined) sections.push(planOf(query));
  if (diagnostics.length > 0)
    sections.push(
      printDiagnostics(
        diagnostics.map((found) => ({ ...found, source })),
        terminal,
      ),
    );
  writeStandardOutput(sections.join("\n"));
  return query === undefined ? exitCode.failed : exitCode.ok;
}

function planOf(query: CheckedEql): string {
  const lines: string[] = [];
  if (query.kind === "event") lines.push("Matches an event when", indent(describe(query.condition)));
  else {
    const span =
      query.kind === "sequence" && query.maxSpanMs !== undefined
        ? ` within ${formatDuration(query.maxSpanMs / 1000)}`
        : "";
    const what = query.kind === "sequence" ? "Finds events one after the other" : "Finds events in any order";
    lines.push(`${what}${span}, ${query.stages.length} stages`);
    for (const [i, stage] of query.stages.entries()) {
      const { isMissing = false, runs = 1 }: Partial<CheckedStage> = stage;
      const missing = isMissing ? ", and no event may be one" : "";
      const repeated = runs > 1 ? `, ${runs} times in a row` : "";
      lines.push(
        `  Stage ${i + 1}${missing}${repeated}${joinedBy(stage.keys)}`,
        indent(indent(describe(stage.condition))),
      );
    }
    if (query.kind === "sequence" && query.until !== undefined) {
      lines.push(`  Until${joinedBy(query.until.keys)}`, indent(indent(describe(query.until.condition))));
    }
  }
  for (const { count, kind } of query.pipes)
    lines.push(`Keeps the ${kind === "head" ? "first" : "last"} ${count} results`);
  return `${lines.join("\n")}\n`;
}

function joinedBy(keys: readonly JoinKeyField[]): string {
  if (keys.length === 0) return "";
  return `, joined by ${keys.map(({ isOptional, path }) => `${visible(path)}${isOptional ? " or its absence" : ""}`).join(", ")}`;
}

function visibleLines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}
