import { existsSync } from "node:fs";
import { diagnostic, type LocatedDiagnostic, SourceText } from "@tallyman/languages";
import type { Config } from "./load-config.ts";

/** What is wrong with a configuration beyond its form: files that are not there, sinks without a place for what they have not delivered yet. */
export function checkPaths(config: Config): readonly LocatedDiagnostic[] {
  const { field_types, input, path, rules, exceptions, sinks, state } = config;
  const source = new SourceText(path ?? "", "");
  const problem = (
    code: "unreadable-file" | "missing-key",
    message: string,
    hint?: string,
  ): LocatedDiagnostic => ({
    ...diagnostic(code, { start: 0, end: 0 }, message, hint),
    source,
  });
  const named = [
    ...rules,
    ...exceptions,
    ...input.files,
    ...input.learn_from,
    ...(field_types === undefined ? [] : [field_types]),
  ];
  const missing = named.filter((file) => file !== "-" && !existsSync(file));
  return [
    ...missing.map((file) => problem("unreadable-file", `'${file}' does not exist`)),
    ...(sinks.length > 0 && state.folder === undefined
      ? [
          problem(
            "missing-key",
            "Sinks need a folder for what is not delivered yet",
            'write [state] with folder = "…", or start with --state',
          ),
        ]
      : []),
  ];
}
