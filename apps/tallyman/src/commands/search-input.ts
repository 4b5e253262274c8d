import { isatty } from "node:tty";
import { type JsonObject, parseTimestamp, readFirst, type Timestamp } from "@tallyman/ecs";
import { type Diagnostic, SourceText } from "@tallyman/languages";
import { type ExitCode, exitCode, UsageError } from "../exit-code.ts";
import { isParsed, type ParsedInputEvent } from "../input/input-event.ts";
import type { InputReport } from "../input/input-report.ts";
import { type EventInput, readEvents } from "../input/read-events.ts";
import type { RecordFormat } from "../input/record-format.ts";
import { interruptible } from "../interrupt.ts";
import { printDiagnostics } from "../output/diagnostics-output.ts";
import { fail } from "../output/fail.ts";
import { renderInputProblems } from "../output/input-problems.ts";
import { harmlessJson } from "../output/json-line.ts";
import { ClosedPipe, OutputError } from "../output/output-error.ts";
import { openStandardOutput, writeStandardError } from "../output/output-stream.ts";
import { type ColorChoice, describeTerminal, standardStream } from "../output/terminal.ts";

/** What every `query` command can be told. */
export interface SearchOptions {
  readonly size?: number;
  readonly fieldTypes?: string;
  readonly from?: RecordFormat;
  readonly timestampField: string;
  readonly now?: string;
  readonly color: ColorChoice;
}

/** What a search does with its input: takes events until it wants no more, and writes lines. */
export interface Search {
  /** Looks at events; false when it wants no more. */
  take(event: ParsedInputEvent, write: (line: string) => void): boolean;
  /** Called when all events were looked at. */
  end(write: (line: string) => void): void;
}

/** The moment from which relative dates count: the one that is given, or now. */
export function searchNow({ now }: SearchOptions): number {
  const nowMs = now === undefined ? Date.now() : parseTimestamp(now)?.ms;
  if (nowMs === undefined) throw new UsageError(`--now: '${now}' is no time`);
  return nowMs;
}

/** The files to search, standard input when none is named; a terminal is not waited for. */
export function searchPaths(files: readonly string[]): readonly string[] {
  if (files.length > 0) return files;
  if (isatty(0)) throw new UsageError("name the files to search, or - for standard input");
  return ["-"];
}

/** Prints the diagnostics of a query to standard error. */
export function reportQuery(text: string, diagnostics: readonly Diagnostic[], options: SearchOptions): void {
  if (diagnostics.length === 0) return;
  const source = new SourceText("query", text);
  const terminal = describeTerminal(standardStream("stderr"), process.env, options.color);
  writeStandardError(
    printDiagnostics(
      diagnostics.map((found) => ({ ...found, source })),
      terminal,
    ),
  );
}

/** An event as it is printed: as it stood in the input. */
export function lineOf(event: ParsedInputEvent): string {
  return event.text ?? JSON.stringify(event.document);
}

/** Runs a search over files, and says on standard error what of them could not be read. */
export async function runSearch(
  paths: readonly string[],
  options: SearchOptions,
  search: Search,
): Promise<ExitCode> {
  const terminal = describeTerminal(standardStream("stdout"), process.env, options.color);
  const timestampOf = (document: JsonObject): Timestamp | undefined =>
    parseTimestamp(readFirst(document, options.timestampField, "scalar"));
  const interrupt = interruptible();
  const output = openStandardOutput();
  // What stands in the input is handed on as it is, except to a terminal, which it must not steer.
  const write = (line: string): void => output.write(`${terminal.isTerminal ? harmlessJson(line) : line}\n`);
  const input = readEvents(paths, {
    timestampOf,
    from: options.from,
    latenessMs: 0,
    signal: interrupt.signal,
  });
  try {
    await takeAll(input, search, write);
    search.end(write);
    output.close();
  } catch (error) {
    if (error instanceof ClosedPipe) return exitCode.ok;
    if (error instanceof OutputError) return fail(error.message, exitCode.incomplete);
    throw error;
  } finally {
    interrupt.stop();
  }
  return finish(input.report, interrupt.signal.aborted, options);
}

async function takeAll(input: EventInput, search: Search, write: (line: string) => void): Promise<void> {
  for await (const batch of input) {
    for (const event of batch) if (isParsed(event) && !search.take(event, write)) return;
  }
}

function finish(report: InputReport, isInterrupted: boolean, options: SearchOptions): ExitCode {
  const terminal = describeTerminal(standardStream("stderr"), process.env, options.color);
  writeStandardError(renderInputProblems(report, terminal));
  if (isInterrupted) return exitCode.interrupted;
  return report.total().failures > 0 ? exitCode.incomplete : exitCode.ok;
}
