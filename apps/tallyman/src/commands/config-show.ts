import { defaultConfig, findConfig, loadConfig } from "../config/load-config.ts";
import { renderConfig, shownConfig } from "../config/show-config.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { printDiagnostics } from "../output/diagnostics-output.ts";
import { harmlessJson } from "../output/json-line.ts";
import { writeStandardError, writeStandardOutput } from "../output/output-stream.ts";
import { type ColorChoice, describeTerminal, standardStream } from "../output/terminal.ts";

export interface ConfigShowOptions {
  readonly config?: string | false;
  readonly format: "toml" | "json";
  readonly color: ColorChoice;
}

/** `tallyman config show`: what holds, from the file or without it, with secrets masked. */
export function configShow(options: ConfigShowOptions): ExitCode {
  const path = findConfig(options.config);
  const loaded =
    path === undefined ? { config: defaultConfig(), diagnostics: [] } : loadConfig(path, process.env);
  if (loaded.diagnostics.length > 0) {
    const terminal = describeTerminal(standardStream("stderr"), process.env, options.color);
    writeStandardError(printDiagnostics(loaded.diagnostics, terminal));
  }
  if (loaded.config === undefined) return exitCode.failed;
  const text =
    options.format === "json"
      ? `${JSON.stringify(shownConfig(loaded.config), undefined, 2)}\n`
      : renderConfig(loaded.config);
  writeStandardOutput(harmlessJson(text));
  return exitCode.ok;
}
