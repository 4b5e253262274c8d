import type { FieldCatalogue } from "@tallyman/ecs";
import type { LocatedDiagnostic } from "@tallyman/languages";
import { prepareRulePaths, type RulesFromPaths } from "../rule-files/prepare-rule-paths.ts";
import {
  type ReadRuleFiles,
  readRuleFiles,
  readValueFile,
  valueFilePath,
} from "../rule-files/read-rule-files.ts";

/** What a look at the rule files has brought. */
export type Reload =
  | { readonly kind: "unchanged" }
  /** The files cannot be found or read: everything stays as it is. */
  | { readonly kind: "refused"; readonly diagnostics: readonly LocatedDiagnostic[] }
  | {
      readonly kind: "changed";
      readonly rules: RulesFromPaths;
      /** Errors, and what keeps exceptions from matching, that were not there the last time. Where an earlier text of a file was good, that one is in `rules`. */
      readonly diagnostics: readonly LocatedDiagnostic[];
      /** The files of which an earlier text is used. */
      readonly kept: readonly string[];
    };

/** Where rules come from, and what they are not to alert on. */
export interface RulePaths {
  /** Files and folders; the built-in rules when there are none. */
  readonly rules: readonly string[];
  readonly exceptions: readonly string[];
}

/**
 * Reads rules and their exceptions anew. A file that was good and has become bad counts as it was before, so that one slip in an editor neither stops a
 * rule, nor lets through what an exception takes out, nor keeps the other files from being taken up.
 */
export class RuleReloader {
  readonly #paths: RulePaths;
  readonly #catalogue: FieldCatalogue;
  /** The texts of files as they run. */
  readonly #good = new Map<string, string>();
  /** What all files held when they were last looked at. */
  #seen = new FileTexts();
  /** What was told already. */
  #told = new Set<string>();
  /** True while a path that was named cannot be read. */
  #isAway = false;

  constructor(paths: RulePaths, catalogue: FieldCatalogue) {
    this.#paths = paths;
    this.#catalogue = catalogue;
  }

  /** All that was named, and the files of values that those name. */
  get watched(): readonly string[] {
    return [...this.#paths.rules, ...this.#paths.exceptions, ...this.#seen.valueFiles];
  }

  /** The rules at the start. */
  load(): RulesFromPaths {
    const files = new FileTexts();
    const rules = this.#prepare(files);
    this.#keepGood(files, badFiles(rules), files);
    this.#seen = files;
    this.#told = new Set(rules.diagnostics.map(keyOf));
    return rules;
  }

  /** Looks at the files again. */
  reload(): Reload {
    const files = new FileTexts();
    const rules = this.#prepare(files);
    // That one cannot be read which is named in a file is a mistake in that.
    const lost = rules.diagnostics.filter(
      ({ code, source: { name } }) => code === "unreadable-file" && this.#isNamed(name) && !files.has(name),
    );
    const wasAway = this.#isAway;
    this.#isAway = lost.length > 0;
    if (this.#isAway) return wasAway ? { kind: "unchanged" } : { kind: "refused", diagnostics: lost };
    if (files.equals(this.#seen)) return { kind: "unchanged" };
    this.#seen = files;
    const ofExceptions = new Set(rules.prepared.exceptionDiagnostics);
    const problems = rules.diagnostics.filter((each) => each.severity === "error" || ofExceptions.has(each));
    const fresh = problems.filter((problem) => !this.#told.has(keyOf(problem)));
    this.#told = new Set(problems.map(keyOf));
    const bad = badFiles(rules);
    const kept = [...bad].filter((path) => this.#good.has(path));
    const inUse = new FileTexts();
    const used = kept.length === 0 ? rules : this.#prepare(inUse, { kept, read: files });
    this.#keepGood(files, bad, inUse);
    return { kind: "changed", rules: used, diagnostics: fresh, kept };
  }

  /**
   * @param files Takes what is read.
   * @param again Says of which files an earlier text is to be used, and of what they name too; the others are as they were read already.
   */
  #prepare(
    files: FileTexts,
    { kept, read: from }: { readonly kept: readonly string[]; readonly read: FileTexts } = {
      kept: [],
      read: files,
    },
  ): RulesFromPaths {
    const earlier = (path: string, owner: string) =>
      kept.includes(owner) ? this.#good.get(path) : undefined;
    return prepareRulePaths(this.#paths.rules, this.#catalogue, this.#paths.exceptions, {
      readRuleFiles: (paths) => {
        const read = from.read(paths);
        return {
          ...read,
          files: read.files.map(({ path, text }) => ({ path, text: earlier(path, path) ?? text })),
        };
      },
      readValueFile: (path, beside) => {
        const read = readValueFile(path, beside);
        const name = valueFilePath(path, beside);
        files.add(name, "text" in read ? read.text : undefined, beside);
        const text = earlier(name, beside);
        return text === undefined ? read : { text };
      },
    });
  }

  /** Remembers the texts that can be used when they become bad. */
  #keepGood(files: FileTexts, bad: ReadonlySet<string>, inUse: FileTexts): void {
    for (const { isGood, path, text } of files.all(bad)) {
      if (isGood) this.#good.set(path, text);
    }
    for (const path of this.#good.keys()) if (!files.has(path) && !inUse.has(path)) this.#good.delete(path);
  }

  #isNamed(path: string): boolean {
    return this.#paths.rules.includes(path) || this.#paths.exceptions.includes(path);
  }
}

/** The texts of files as they were read. */
class FileTexts {
  readonly #reads = new Map<string, ReadRuleFiles>();
  /** The text, undefined when it cannot be read, and the file that names it, when it is not one of rules or exceptions itself. */
  readonly #files = new Map<
    string,
    { readonly text: string | undefined; readonly owner: string | undefined }
  >();

  /** What was read of these paths, at the first time that it is asked for. */
  read(paths: readonly string[]): ReadRuleFiles {
    const key = paths.join("\n");
    const read = this.#reads.get(key) ?? readRuleFiles(paths);
    this.#reads.set(key, read);
    for (const { path, text } of read.files) this.add(path, text);
    return read;
  }

  add(path: string, text: string | undefined, owner?: string): void {
    this.#files.set(path, { text, owner });
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  get valueFiles(): readonly string[] {
    return [...this.#files].filter(([, { owner }]) => owner !== undefined).map(([path]) => path);
  }

  /** Those that were read; good when neither they nor the files that name them are bad. */
  *all(bad: ReadonlySet<string>) {
    for (const [path, { owner, text }] of this.#files) {
      if (text !== undefined) yield { path, text, isGood: !bad.has(owner ?? path) };
    }
  }

  equals(other: FileTexts): boolean {
    if (this.#files.size !== other.#files.size) return false;
    for (const [path, { text }] of this.#files) {
      const found = other.#files.get(path);
      if (found === undefined || found.text !== text) return false;
    }
    return true;
  }
}

function badFiles({ diagnostics }: RulesFromPaths): Set<string> {
  return new Set(diagnostics.filter(({ severity }) => severity === "error").map(({ source }) => source.name));
}

function keyOf({ code, message, source, span }: LocatedDiagnostic): string {
  return `${source.name}\n${code}\n${span.start}\n${message}`;
}
