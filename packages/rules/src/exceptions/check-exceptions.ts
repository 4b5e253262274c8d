import type { FieldCatalogue } from "@tallyman/ecs";
import {
  type ConditionFacts,
  diagnostic,
  type Expression,
  type LocatedDiagnostic,
  lintCondition,
} from "@tallyman/languages";
import { factsOfRule } from "../lint-rule.ts";
import type { Rule } from "../rule.ts";
import type { ExceptionItem } from "./exception.ts";

/** Of exceptions for more rules than this it is no wonder when they do not fit each of them. */
const rulesMax = 20;

/** What is known of the events that a rule finds, of each rule worked out once. */
export function ruleFacts(catalogue: FieldCatalogue): (rule: Rule) => readonly ConditionFacts[] {
  const known = new Map<Rule, readonly ConditionFacts[]>();
  return (rule) => {
    const facts = known.get(rule) ?? factsOfRule(rule, catalogue);
    known.set(rule, facts);
    return facts;
  };
}

/**
 * Finds exceptions that can never take out anything: because their entries contradict each other, or every rule that they apply to (`never-matches`),
 * or since none of those rules is about their systems (`os-mismatch`). `outline` is what the exception means.
 */
export function checkException(
  item: ExceptionItem,
  outline: Expression,
  rules: readonly Rule[],
  catalogue: FieldCatalogue,
  factsOf: (rule: Rule) => readonly ConditionFacts[],
): readonly LocatedDiagnostic[] {
  const { source } = item;
  const own = lintCondition(outline, catalogue);
  const located = own.map((found) => ({ ...found, source }));
  if (own.some(({ code }) => code === "never-matches")) return located;
  if (rules.length === 0 || rules.length > rulesMax) return located;
  const facts = rules.map(factsOf);
  if (facts.some((each) => each.length === 0)) return located;
  const misfit =
    osMismatch(item, facts.flat(), rules, catalogue) ??
    contradiction(outline, facts.flat(), rules, catalogue);
  return misfit === undefined ? located : [...located, { ...misfit, source }];
}

function contradiction(
  expression: Expression,
  facts: readonly ConditionFacts[],
  rules: readonly Rule[],
  catalogue: FieldCatalogue,
) {
  const found = facts.map((each) => neverMatches(expression, each, catalogue));
  const [first] = found;
  if (first === undefined || found.includes(undefined)) return undefined;
  const message = `${aboutRules(rules).replace(/^its/, "Its")} never ${rules.length === 1 ? "finds" : "find"} an event that this takes out: ${first.message.replace("This can never hold: ", "")}`;
  return diagnostic("never-matches", first.span, message);
}

function neverMatches(expression: Expression, around: ConditionFacts, catalogue: FieldCatalogue) {
  return lintCondition(expression, catalogue, around).find(({ code }) => code === "never-matches");
}

function osMismatch(
  { osTypes }: ExceptionItem,
  facts: readonly ConditionFacts[],
  rules: readonly Rule[],
  catalogue: FieldCatalogue,
) {
  const [first] = osTypes;
  if (first === undefined) return undefined;
  const isOneOf: Expression = {
    kind: "or",
    operands: osTypes.map(({ span, value }) => ({
      kind: "equals",
      field: { kind: "field", path: "host.os.type", span },
      value,
      tokens: "phrase",
      ignoreCase: false,
      span,
    })),
  };
  if (facts.some((each) => neverMatches(isOneOf, each, catalogue) === undefined)) return undefined;
  const names = osTypes.map(({ value }) => value).join(" or ");
  const message = `The exception is for ${names}, and ${aboutRules(rules)} only ${rules.length === 1 ? "finds" : "find"} events of other systems`;
  return diagnostic("os-mismatch", first.span, message);
}

function aboutRules(rules: readonly Rule[]): string {
  const [only] = rules;
  return rules.length === 1 && only !== undefined ? `'${only.name}'` : `its ${rules.length} rules`;
}

/** Finds exceptions that are not applied any more at a moment in epoch milliseconds: `expired-exception`. */
export function findExpired(items: readonly ExceptionItem[], nowMs: number): readonly LocatedDiagnostic[] {
  return items.flatMap(({ expireMs, name, source, span }) => {
    if (expireMs === undefined || expireMs >= nowMs) return [];
    const at = new Date(expireMs).toISOString();
    const message = `'${name}' has expired: it is not applied to events after ${at}`;
    return [{ ...diagnostic("expired-exception", span, message), source }];
  });
}
