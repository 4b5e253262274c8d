import { ecsCatalogue } from "@tallyman/ecs";
import { didYouMean } from "@tallyman/languages";
import type { Rule } from "@tallyman/rules";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { fail } from "../output/fail.ts";
import { writeStandardOutput } from "../output/output-stream.ts";
import { renderRulePage } from "../output/rule-page.ts";
import { type ColorChoice, describeTerminal, standardStream } from "../output/terminal.ts";
import { prepareRulePaths } from "../rule-files/prepare-rule-paths.ts";
import { errorsIn, listedRules } from "./rules-list.ts";

export interface RulesShowOptions {
  readonly format: "text" | "json";
  readonly color: ColorChoice;
}

/** `tallyman rules show`: one rule, and the rules that look for the same techniques. */
export function rulesShow(wanted: string, paths: readonly string[], options: RulesShowOptions): ExitCode {
  const loaded = prepareRulePaths(paths, ecsCatalogue());
  const listed = listedRules(loaded);
  const found = findRules(wanted, loaded.rules);
  const [rule] = found;
  if (rule === undefined) {
    const names = loaded.rules.flatMap(({ rule_id, name }) => [rule_id, name]);
    const hint = didYouMean(wanted, names);
    const reasons = [`there is no rule '${wanted}'`, hint, errorsIn(loaded)];
    return fail(reasons.filter((reason) => reason !== undefined).join("; "), exitCode.failed);
  }
  if (found.length > 1) {
    const names = found.slice(0, 5).map(({ name }) => `'${name}'`);
    return fail(
      `${found.length} rules are called something like '${wanted}': ${names.join(", ")}${found.length > 5 ? ", …" : ""}`,
      exitCode.failed,
    );
  }
  if (options.format === "json") writeStandardOutput(`${JSON.stringify(rule.parameters, undefined, 2)}\n`);
  else {
    const terminal = describeTerminal(standardStream("stdout"), process.env, options.color);
    const shown = listed.find((each) => each.rule === rule);
    writeStandardOutput(
      renderRulePage({ rule, ...shown, related: relatedRules(rule, loaded.rules) }, terminal),
    );
  }
  return exitCode.ok;
}

/** The rule of that id or name, else all whose names hold the words, in any case. */
function findRules(wanted: string, rules: readonly Rule[]): readonly Rule[] {
  const exact = rules.filter(({ rule_id, name }) => rule_id === wanted || name === wanted);
  if (exact.length > 0) return exact;
  const lowered = wanted.toLowerCase();
  return rules.filter(({ name }) => name.toLowerCase().includes(lowered));
}

const relatedMax = 10;

/** Other rules about the same techniques; those that share the most come first. */
function relatedRules(rule: Rule, rules: readonly Rule[]): readonly Rule[] {
  const own = techniquesOf(rule);
  return rules
    .filter((other) => other !== rule)
    .map((other) => ({ other, shared: [...techniquesOf(other)].filter((id) => own.has(id)).length }))
    .filter(({ shared }) => shared > 0)
    .sort((a, b) => b.shared - a.shared)
    .slice(0, relatedMax)
    .map(({ other }) => other);
}

function techniquesOf({ threat }: Rule): Set<string> {
  return new Set(
    threat.flatMap(({ technique }) =>
      technique.flatMap(({ id, subtechnique }) => [id, ...subtechnique.map((sub) => sub.id)]),
    ),
  );
}
