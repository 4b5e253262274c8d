import type { FieldCatalogue } from "@tallyman/ecs";
import type { LocatedDiagnostic } from "@tallyman/languages";
import { prepareRulePaths, type RulesFromPaths } from "../rule-files/prepare-rule-paths.ts";
import { type ReadRuleFiles, readRuleFiles } from "../rule-files/read-rule-files.ts";

/** What a look at the rule files has brought. */
export type Reload =
  | { readonly kind: "unchanged" }
  /** The files cannot be found or read: everything stays as it is. */
  | { readonly kind: "refused"; readonly diagnostics: readonly LocatedDiagnostic[] }
  | {
      readonly kind: "changed";
      readonly rules: RulesFromPaths;
      /** Errors that were not there the last time. Where an earlier text of a file was good, that one is in `rules`. */
      readonly diagnostics: readonly LocatedDiagnostic[];
      /** The files of which an earlier text is used. */
      readonly kept: readonly string[];
    };

/**
 * Reads rules anew. A file that was good and has become bad counts as it was before, so that one slip in an editor neither stops a rule nor keeps the
 * other files from being taken up.
 */
export class RuleReloader {
  readonly #paths: readonly string[];
  readonly #catalogue: FieldCatalogue;
  /** The texts of files as they run. */
  readonly #good = new Map<string, string>();
  /** The texts of all files when they were last looked at. */
  #seen = new Map<string, string>();
  /** Errors that were told already. */
  #told = new Set<string>();
  /** True while a path that was named cannot be read. */
  #isAway = false;

  constructor(paths: readonly string[], catalogue: FieldCatalogue) {
    this.#paths = paths;
    this.#catalogue = catalogue;
  }

  /** The rules at the start. */
  load(): RulesFromPaths {
    const files = new Map<string, string>();
    const rules = this.#prepare((read) => noted(read, files));
    const bad = badFiles(rules);
    for (const [path, text] of files) if (!bad.has(path)) this.#good.set(path, text);
    this.#seen = files;
    this.#told = new Set(rules.diagnostics.map(keyOf));
    return rules;
  }

  /** Looks at the files again. */
  reload(): Reload {
    const files = new Map<string, string>();
    const rules = this.#prepare((read) => noted(read, files));
    const lost = rules.diagnostics.filter(
      ({ code, source }) => code === "unreadable-file" && this.#isNamed(source.name),
    );
    const wasAway = this.#isAway;
    this.#isAway = lost.length > 0;
    if (this.#isAway) return wasAway ? { kind: "unchanged" } : { kind: "refused", diagnostics: lost };
    if (isSame(files, this.#seen)) return { kind: "unchanged" };
    this.#seen = files;
    const errors = rules.diagnostics.filter(({ severity }) => severity === "error");
    const fresh = errors.filter((error) => !this.#told.has(keyOf(error)));
    this.#told = new Set(errors.map(keyOf));
    const bad = badFiles(rules);
    const kept = [...bad].filter((path) => this.#good.has(path));
    const used = kept.length === 0 ? rules : this.#prepare((read) => this.#mended(read, kept));
    for (const [path, text] of files) if (!bad.has(path)) this.#good.set(path, text);
    for (const path of this.#good.keys()) if (!files.has(path)) this.#good.delete(path);
    return { kind: "changed", rules: used, diagnostics: fresh, kept };
  }

  #prepare(change: (read: ReadRuleFiles) => ReadRuleFiles): RulesFromPaths {
    return prepareRulePaths(this.#paths, this.#catalogue, (paths) => change(readRuleFiles(paths)));
  }

  #isNamed(path: string): boolean {
    return this.#paths.includes(path);
  }

  #mended(read: ReadRuleFiles, kept: readonly string[]): ReadRuleFiles {
    const files = read.files.map((file) => ({
      path: file.path,
      text: (kept.includes(file.path) ? this.#good.get(file.path) : undefined) ?? file.text,
    }));
    return { ...read, files };
  }
}

function noted(read: ReadRuleFiles, files: Map<string, string>): ReadRuleFiles {
  for (const { path, text } of read.files) files.set(path, text);
  return read;
}

function badFiles({ diagnostics }: RulesFromPaths): Set<string> {
  return new Set(diagnostics.filter(({ severity }) => severity === "error").map(({ source }) => source.name));
}

function keyOf({ code, message, source, span }: LocatedDiagnostic): string {
  return `${source.name}\n${code}\n${span.start}\n${message}`;
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  for (const [path, text] of a) if (b.get(path) !== text) return false;
  return true;
}
