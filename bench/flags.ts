import { type ParseArgsConfig, parseArgs } from "node:util";

/** The flags and arguments of the script; what cannot be read is a usage error. */
export function parseFlags<T extends NonNullable<ParseArgsConfig["options"]>>(options: T, usage: string) {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return usageError(`${error instanceof Error ? error.message : String(error)}; usage: ${usage}`);
  }
}

/** A number as it was given for the argument of a name. */
export function wholeNumber(text: string, name: string): number {
  if (!/^\d{1,9}$/.test(text)) usageError(`${name} must be a whole number, not '${text}'`);
  return Number(text);
}

/** Ends the script with a line that says how it was called wrongly. */
export function usageError(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
