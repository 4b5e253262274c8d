import {
  type CheckedEql,
  type CheckedStage,
  checkEql,
  describe,
  type EqlDialect,
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
import type { ExplainOptions } from "./explain-condition.ts";

export interface ExplainEqlOptions extends ExplainOptions {
  readonly eventCategoryField: string;
  readonly dialect: EqlDialect;
}

/** `tallyman explain eql`: how a query is read, its stages with their keys and conditions, and what is wrong with it. */
export function explainEql(text: string, options: ExplainEqlOptions): ExitCode {
  const terminal = describeTerminal(standardStream("stdout"), process.env, options.color);
  const parsed = parseEql(text, options.dialect);
  const { query, diagnostics } = checkEql(text, catalogueWith(options.fieldTypes), {
    eventCategoryField: options.eventCategoryField,
    dialect: options.dialect,
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
      const { alias, isMissing = false, link, runs = 1 }: Partial<CheckedStage> = stage;
      const name = alias === undefined ? "" : `, called ${visible(alias)}`;
      const missing = isMissing ? ", and no event may be one" : "";
      const repeated = runs > 1 ? `, ${runs} times in a row` : "";
      lines.push(
        `  Stage ${i + 1}${name}${missing}${repeated}${joinedBy(stage.keys)}`,
        indent(indent(describe(stage.condition))),
        ...linkedBy(link),
      );
    }
    if (query.kind === "sequence" && query.until !== undefined) {
      const { condition, keys, link } = query.until;
      lines.push(`  Until${joinedBy(keys)}`, indent(indent(describe(condition))), ...linkedBy(link));
    }
  }
  for (const { count, kind } of query.pipes)
    lines.push(`Keeps the ${kind === "head" ? "first" : "last"} ${count} results`);
  return `${lines.join("\n")}\n`;
}

/** What a stage asks of the events before. */
function linkedBy(link: CheckedStage["link"]): readonly string[] {
  return link === undefined ? [] : ["    and with the events before", indent(indent(indent(describe(link))))];
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
