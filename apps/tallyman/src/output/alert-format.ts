import type { AlertFormat } from "./alert-writer.ts";
import { type ColorChoice, describeTerminal, standardStream } from "./terminal.ts";

/** A table for people, and lines of JSON for files and programs, unless it was said. */
export function alertFormatFor(options: {
  readonly format: AlertFormat | undefined;
  /** Undefined for standard output. */
  readonly output: string | undefined;
  readonly color: ColorChoice;
}): AlertFormat {
  const { color, format, output } = options;
  if (format !== undefined) return format;
  const isRead =
    output === undefined && describeTerminal(standardStream("stdout"), process.env, color).isTerminal;
  return isRead ? "table" : "ndjson";
}
