import { checkPaths } from "../config/check-paths.ts";
import { configName, findConfig, loadConfig } from "../config/load-config.ts";
import { type ExitCode, exitCode, UsageError } from "../exit-code.ts";
import { printDiagnostics } from "../output/diagnostics-output.ts";
import { writeStandardOutput } from "../output/output-stream.ts";
import { printable } from "../output/printable.ts";
import { counted } from "../output/quantity.ts";
import { type ColorChoice, describeTerminal, standardStream } from "../output/terminal.ts";

export interface ConfigCheckOptions {
  readonly config?: string;
  readonly format: "text" | "json";
  readonly color: ColorChoice;
}

/** `tallyman config check`: every mistake in the configuration file. */
export function configCheck(options: ConfigCheckOptions): ExitCode {
  const path = namedConfig(options.config);
  const terminal = describeTerminal(standardStream("stdout"), process.env, options.color);
  const { config, diagnostics } = loadConfig(path, process.env);
  const all = config === undefined ? diagnostics : [...diagnostics, ...checkPaths(config)];
  const hasErrors = all.some(({ severity }) => severity === "error");
  if (options.format === "json") {
    const shown = all.map(({ code, severity, message, hint, span, source }) => ({
      file: source.name,
      ...source.position(span.start),
      severity,
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
    }));
    writeStandardOutput(`${JSON.stringify({ file: path, diagnostics: shown }, undefined, 2)}\n`);
  } else if (all.length > 0) writeStandardOutput(printDiagnostics(all, terminal));
  else {
    const sinks = config === undefined ? 0 : config.sinks.length;
    writeStandardOutput(`${printable(path, terminal)} is in order, with ${counted(sinks, "sink")}\n`);
  }
  return hasErrors ? exitCode.failed : exitCode.ok;
}

/** The file that is meant; that there is none is a `UsageError`. */
function namedConfig(named: string | undefined): string {
  const path = findConfig(named);
  if (path === undefined) throw new UsageError(`there is no ${configName} here; --config names another file`);
  return path;
}
