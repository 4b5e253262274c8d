import { visible } from "@tallyman/languages";
import type { ExitCode } from "../exit-code.ts";
import { writeStandardError } from "./output-stream.ts";

/** Says a sentence without a full stop on standard error. */
export function say(message: string): void {
  writeStandardError(`tallyman: ${visible(message)}\n`);
}

/** Says on standard error in one line what keeps the program from going on, and gives the exit status for it. */
export function fail(message: string, status: ExitCode): ExitCode {
  say(message);
  return status;
}
