import { isatty } from "node:tty";
import {
  FieldSlots,
  type JsonObject,
  ParsedEvent,
  parseTimestamp,
  readFirst,
  type Timestamp,
} from "@tallyman/ecs";
import { checkKql, compile, SourceText } from "@tallyman/languages";
import { type ExitCode, exitCode, UsageError } from "../exit-code.ts";
import { catalogueWith } from "../field-types.ts";
import { readEvents } from "../input/read-events.ts";
import { interruptible } from "../interrupt.ts";
import { printDiagnostics } from "../output/diagnostics-output.ts";
import { fail } from "../output/fail.ts";
import { renderInputProblems } from "../output/input-problems.ts";
import { harmlessJson } from "../output/json-line.ts";
import { ClosedPipe, OutputError } from "../output/output-error.ts";
import { openStandardOutput } from "../output/output-stream.ts";
import { type ColorChoice, describeTerminal, standardStream } from "../output/terminal.ts";

export interface QueryKqlOptions {
  readonly size?: number;
  readonly fieldTypes?: string;
  readonly timestampField: string;
  readonly now?: string;
  readonly color: ColorChoice;
}

/** `tallyman query kql`: prints the events that match, each as it stood in the input. */
export async function queryKql(
  text: string,
  files: readonly string[],
  options: QueryKqlOptions,
): Promise<ExitCode> {
  const terminal = describeTerminal(standardStream("stdout"), process.env, options.color);
  const errorTerminal = describeTerminal(standardStream("stderr"), process.env, options.color);
  if (files.length === 0 && isatty(0))
    throw new UsageError("name the files to search, or - for standard input");
  const nowMs = options.now === undefined ? Date.now() : parseTimestamp(options.now)?.ms;
  if (nowMs === undefined) throw new UsageError(`--now: '${options.now}' is no time`);

  const { expression, diagnostics } = checkKql(text, catalogueWith(options.fieldTypes));
  const source = new SourceText("query", text);
  if (diagnostics.length > 0) {
    process.stderr.write(
      printDiagnostics(
        diagnostics.map((found) => ({ ...found, source })),
        errorTerminal,
      ),
    );
  }
  if (expression === undefined) return exitCode.failed;
  const slots = new FieldSlots();
  const program = compile(expression, slots);
  const timestampOf = (document: JsonObject): Timestamp | undefined =>
    parseTimestamp(readFirst(document, options.timestampField, "scalar"));

  const interrupt = interruptible();
  const output = openStandardOutput();
  const input = readEvents(files.length > 0 ? files : ["-"], {
    timestampOf,
    latenessMs: 0,
    signal: interrupt.signal,
  });
  let left = options.size ?? Number.POSITIVE_INFINITY;
  try {
    search: for await (const batch of input) {
      for (const event of batch) {
        if (left === 0) break search;
        if (!program.matches(new ParsedEvent(event.document, slots), nowMs)) continue;
        const line = event.text ?? JSON.stringify(event.document);
        // What stands in the input is handed on as it is, except to a terminal, which it must not steer.
        output.write(`${terminal.isTerminal ? harmlessJson(line) : line}\n`);
        left -= 1;
      }
    }
    output.close();
  } catch (error) {
    if (error instanceof ClosedPipe) return exitCode.ok;
    if (error instanceof OutputError) return fail(error.message, exitCode.incomplete);
    throw error;
  } finally {
    interrupt.stop();
  }
  process.stderr.write(renderInputProblems(input.report, errorTerminal));
  if (interrupt.signal.aborted) return exitCode.interrupted;
  return input.report.total().failures > 0 ? exitCode.incomplete : exitCode.ok;
}
