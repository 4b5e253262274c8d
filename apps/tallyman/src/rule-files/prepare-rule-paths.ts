import { type FieldCatalogue, FieldSlots } from "@tallyman/ecs";
import { type PreparedRules, prepareRules } from "@tallyman/engine";
import { diagnostic, type LocatedDiagnostic, SourceText } from "@tallyman/languages";
import { type LoadedExceptions, loadExceptions, loadRules, type Rule } from "@tallyman/rules";
import {
  builtInRulesFolder,
  diskReader,
  type ReadRuleFiles,
  type RuleFileReader,
} from "./read-rule-files.ts";

/** Rules from files, compiled with their exceptions, with everything that is wrong with them. */
export interface RulesFromPaths {
  readonly fileCount: number;
  readonly rules: readonly Rule[];
  readonly exceptions: LoadedExceptions;
  /** The paths of the files that hold exceptions. */
  readonly exceptionFiles: readonly string[];
  readonly prepared: PreparedRules;
  /** Of reading, loading and compiling, in this order. */
  readonly diagnostics: readonly LocatedDiagnostic[];
}

/**
 * Reads, loads and compiles the rules of the given files and folders, or of the built-in pack when none is given, and the exceptions of the
 * given files and folders. `reader` may give other texts than the files hold.
 */
export function prepareRulePaths(
  paths: readonly string[],
  catalogue: FieldCatalogue,
  exceptionPaths: readonly string[] = [],
  reader: RuleFileReader = diskReader,
): RulesFromPaths {
  const ruleFiles = reader.readRuleFiles(paths.length > 0 ? paths : [builtInRulesFolder()]);
  const exceptionFiles = reader.readRuleFiles(exceptionPaths);
  const loaded = loadRules(ruleFiles.files);
  const exceptions = loadExceptions({
    files: exceptionFiles.files,
    ruleFiles: ruleFiles.files,
    readValueFile: reader.readValueFile,
  });
  const prepared = prepareRules(loaded.rules, catalogue, new FieldSlots(), exceptions);
  return {
    fileCount: ruleFiles.files.length,
    rules: loaded.rules,
    exceptions,
    exceptionFiles: exceptionFiles.files.map(({ path }) => path),
    prepared,
    diagnostics: [
      ...unreadable(ruleFiles),
      ...unreadable(exceptionFiles),
      ...loaded.diagnostics,
      ...prepared.diagnostics,
      ...prepared.exceptionDiagnostics,
    ],
  };
}

function unreadable({ problems }: ReadRuleFiles): readonly LocatedDiagnostic[] {
  return problems.map(({ path, message }) => ({
    ...diagnostic("unreadable-file", { start: 0, end: 0 }, message),
    source: new SourceText(path, ""),
  }));
}
