import { ecsCatalogue } from "@tallyman/ecs";
import { assignExceptions, type ExceptionItem, type Rule } from "@tallyman/rules";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { renderExceptionPage } from "../output/exception-page.ts";
import { describeEntry } from "../output/exception-text.ts";
import { fail } from "../output/fail.ts";
import { jsonLine } from "../output/json-line.ts";
import { writeStandardOutput } from "../output/output-stream.ts";
import { type ColorChoice, describeTerminal, standardStream } from "../output/terminal.ts";
import { prepareRulePaths } from "../rule-files/prepare-rule-paths.ts";
import { errorsIn } from "./rules-list.ts";

export interface ExceptionsListOptions {
  readonly rules?: readonly string[];
  readonly format: "text" | "ndjson" | "json";
  readonly color: ColorChoice;
}

/** `tallyman exceptions list`: what each exception takes out, from which rules, and until when. */
export function exceptionsList(paths: readonly string[], options: ExceptionsListOptions): ExitCode {
  const loaded = prepareRulePaths(options.rules ?? [], ecsCatalogue(), paths);
  const { rulesOf } = assignExceptions(loaded.rules, loaded.exceptions);
  const listed = loaded.exceptions.items.map((item) => ({ item, rules: rulesOf(item) }));
  if (options.format === "text") {
    const terminal = describeTerminal(standardStream("stdout"), process.env, options.color);
    const pages = listed.map(({ item, rules }) => renderExceptionPage(item, rules, Date.now(), terminal));
    writeStandardOutput(pages.join("\n"));
  } else {
    const lines = listed.map(({ item, rules }) => jsonLine(rowOf(item, rules)));
    writeStandardOutput(
      options.format === "ndjson"
        ? lines.map((line) => `${line}\n`).join("")
        : `[\n${lines.join(",\n")}\n]\n`,
    );
  }
  const problem = errorsIn(loaded);
  return problem === undefined
    ? exitCode.ok
    : fail(problem.replace("rule files: `tallyman rules", "files: `tallyman exceptions"), exitCode.failed);
}

function rowOf(item: ExceptionItem, rules: readonly Rule[]) {
  const { description, entries, expireMs, listId, name, osTypes, source, span } = item;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    ...(listId === undefined ? {} : { list_id: listId }),
    conditions: entries.map(describeEntry),
    ...(osTypes.length === 0 ? {} : { os_types: osTypes.map(({ value }) => value) }),
    ...(expireMs === undefined ? {} : { expire_time: new Date(expireMs).toISOString() }),
    rules: rules.map(({ rule_id, name: ruleName }) => ({ rule_id, name: ruleName })),
    file: source.name,
    line: source.position(span.start).line,
  };
}
