import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadRules, type Rule } from "@tallyman/rules";
import { builtInRulesFolder, readRuleFiles } from "../../apps/tallyman/src/rule-files/read-rule-files.ts";
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
const types: ReadonlySet<string> = new Set(["query", "saved_query", "new_terms", "eql", "threshold"]);

/** The public rules where they lie beside the repository, else our own. */
export function loadRuleSet(): RuleSet {
  const corpus = join(root, "..", "shared", "corpus", "detection-rules");
  if (existsSync(corpus)) return { rules: rulesIn(corpus), origin: "Elastic's public rules", isPublic: true };
  const origin = "our own rules, since the public ones are not here (../shared)";
  return { rules: loadOwnRules(), origin, isPublic: false };
}

/** Our own rules. */
export function loadOwnRules(): readonly Rule[] {
  return rulesIn(builtInRulesFolder());
}

function rulesIn(folder: string): readonly Rule[] {
  const { rules } = loadRules(readRuleFiles([folder]).files);
  return rules.filter(({ metadata, type }) => types.has(type) && metadata["maturity"] !== "deprecated");
}
