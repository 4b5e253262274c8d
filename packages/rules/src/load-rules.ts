import type { LocatedDiagnostic } from "@tallyman/languages";
import { loadRuleFile } from "./load-rule-file.ts";
import type { LoadedRules, Rule, RuleFile } from "./rule.ts";
import { quoted } from "./schema/spot.ts";

/**
 * Reads rule files: Elastic's TOML, and JSON, NDJSON and YAML with rules in the shape of Kibana's rule API or of the TOML files.
 * The format is that of the file's extension, or else the one that its text looks like.
 *
 * A rule with an error is left out, and all of its problems are reported, up to `diagnosticsPerFileMax` for a file; a warning
 * leaves it in. Of rules with the same id the first is kept. Never throws, whatever the texts are.
 */
export function loadRules(files: readonly RuleFile[]): LoadedRules {
  const rules = new Map<string, Rule>();
  const diagnostics: LocatedDiagnostic[] = [];
  for (const file of files) {
    const loaded = loadRuleFile(file);
    for (const rule of loaded.rules) {
      const first = rules.get(rule.rule_id);
      if (first === undefined) {
        rules.set(rule.rule_id, rule);
        continue;
      }
      loaded.diagnostics.add(
        "duplicate-rule-id",
        `The rule id ${quoted(rule.rule_id)} is taken by an earlier rule`,
        () => rule.source.spanOf(["rule_id"]),
        () => `${quoted(first.name)} has it, at ${placeOfId(first)}`,
      );
    }
    diagnostics.push(...loaded.diagnostics.located());
  }
  return { rules: [...rules.values()], diagnostics };
}

function placeOfId({ source }: Rule): string {
  const { line, column } = source.text.position(source.spanOf(["rule_id"]).start);
  return `${source.text.name}:${line}:${column}`;
}
