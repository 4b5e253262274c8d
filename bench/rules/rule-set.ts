import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadRules, type Rule, type RuleTypeName } from "@tallyman/rules";
import { readRuleFiles } from "../../apps/tallyman/src/rule-files/read-rule-files.ts";
import { root } from "../../tools/repository.ts";

/** Rules to measure with. */
export interface RuleSet {
  readonly rules: readonly Rule[];
  /** Which rules these are, in a few words. */
  readonly origin: string;
  /** True when they are Elastic's. */
  readonly isPublic: boolean;
}

/** The types of rule that targets are set for. */
const measuredTypes: ReadonlySet<RuleTypeName> = new Set([
  "query",
  "saved_query",
  "new_terms",
  "eql",
  "threshold",
]);

/** The types of rule that run. */
const allTypes: ReadonlySet<RuleTypeName> = new Set([...measuredTypes, "threat_match", "machine_learning"]);

/** The folder of the public rules; undefined where they are not beside the repository. */
export const corpusFolder = folderIfThere(join(root, "..", "shared", "corpus", "detection-rules"));

/** The public rules that targets are set for, where they lie beside the repository, else our own. */
export function loadRuleSet(): RuleSet {
  if (corpusFolder !== undefined)
    return { rules: rulesIn(corpusFolder, measuredTypes), origin: "Elastic's public rules", isPublic: true };
  const origin = "our own rules, since the public ones are not here (../shared)";
  return { rules: loadOwnRules(), origin, isPublic: false };
}

/** Our own rules. */
export function loadOwnRules(): readonly Rule[] {
  return rulesIn(join(root, "rules"), measuredTypes);
}

/** The public rules of every type that runs; none where they are not beside the repository. */
export function loadPublicRules(): readonly Rule[] {
  return corpusFolder === undefined ? [] : rulesIn(corpusFolder, allTypes);
}

function rulesIn(folder: string, types: ReadonlySet<RuleTypeName>): readonly Rule[] {
  const { rules } = loadRules(readRuleFiles([folder]).files);
  if (rules.length === 0) throw new Error(`There are no rules in ${folder}`);
  return rules.filter(({ metadata, type }) => types.has(type) && metadata["maturity"] !== "deprecated");
}

function folderIfThere(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}
