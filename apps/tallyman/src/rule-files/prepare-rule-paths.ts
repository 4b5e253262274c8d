import { type FieldCatalogue, FieldSlots } from "@tallyman/ecs";
import { type PreparedRules, prepareRules } from "@tallyman/engine";
import { diagnostic, type LocatedDiagnostic, SourceText } from "@tallyman/languages";
import { loadRules, type Rule } from "@tallyman/rules";
import { builtInRulesFolder, type ReadRuleFiles, readRuleFiles } from "./read-rule-files.ts";

/** Rules from files, compiled, with everything that is wrong with them. */
export interface RulesFromPaths {
  readonly fileCount: number;
  readonly rules: readonly Rule[];
  readonly prepared: PreparedRules;
  /** Of reading, loading and compiling, in this order. */
  readonly diagnostics: readonly LocatedDiagnostic[];
}

/**
 * Reads, loads and compiles the rules of the given files and folders, or of the built-in pack when none is given. `read` may give other texts than the
 * files hold.
 */
export function prepareRulePaths(
  paths: readonly string[],
  catalogue: FieldCatalogue,
  read: (paths: readonly string[]) => ReadRuleFiles = readRuleFiles,
): RulesFromPaths {
  const { files, problems } = read(paths.length > 0 ? paths : [builtInRulesFolder()]);
  const unreadable = problems.map(({ path, message }) => ({
    ...diagnostic("unreadable-file", { start: 0, end: 0 }, message),
    source: new SourceText(path, ""),
  }));
  const loaded = loadRules(files);
  const prepared = prepareRules(loaded.rules, catalogue, new FieldSlots());
  return {
    fileCount: files.length,
    rules: loaded.rules,
    prepared,
    diagnostics: [...unreadable, ...loaded.diagnostics, ...prepared.diagnostics],
  };
}
