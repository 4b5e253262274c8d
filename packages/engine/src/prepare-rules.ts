import type { FieldCatalogue, FieldSlots } from "@tallyman/ecs";
import { diagnostic, type EvaluationCounters, type LocatedDiagnostic } from "@tallyman/languages";
import { type LoadedExceptions, noExceptions, type Rule } from "@tallyman/rules";
import { type Condition, ConditionList } from "./conditions/condition.ts";
import { CompiledExceptions, type RuleExceptions } from "./exceptions/compiled-exceptions.ts";
import { compileCondition } from "./rule-types/compile-condition.ts";
import { compileRule, type Startable } from "./rule-types/index.ts";
import type { RuleContext } from "./rule-types/rule-type.ts";

/** A rule that can run. */
export interface ReadyRule {
  readonly rule: Rule;
  readonly plan: Startable;
  /** What it asks of events. */
  readonly conditions: readonly Condition[];
  /** What of them could not be evaluated in full. */
  readonly counters: EvaluationCounters;
  readonly exceptions: RuleExceptions;
}

/** A rule that is whole but does not run, and why in a few words. */
export interface IdleRule {
  readonly rule: Rule;
  readonly reason: string;
}

/** Rules sorted by whether they run, with everything that was found about their queries. Each rule is in one of the two lists. */
export interface PreparedRules {
  readonly ready: readonly ReadyRule[];
  readonly idle: readonly IdleRule[];
  readonly diagnostics: readonly LocatedDiagnostic[];
  /** What was found about their exceptions, which people should see even where only errors of rules are shown. */
  readonly exceptionDiagnostics: readonly LocatedDiagnostic[];
  /** The conditions of all rules that are ready. */
  readonly conditions: readonly Condition[];
  readonly slots: FieldSlots;
  readonly catalogue: FieldCatalogue;
}

/**
 * Compiles rules and their exceptions for one engine. Never throws: what is wrong with a rule is a diagnostic, and the rule is idle; an exception
 * with an error is left out.
 */
export function prepareRules(
  rules: readonly Rule[],
  catalogue: FieldCatalogue,
  slots: FieldSlots,
  loadedExceptions: LoadedExceptions = noExceptions,
): PreparedRules {
  const exceptions = new CompiledExceptions(rules, loadedExceptions, catalogue, slots);
  const ready: ReadyRule[] = [];
  const idle: IdleRule[] = [];
  const diagnostics: LocatedDiagnostic[] = [];
  const conditions: Condition[] = [];
  for (const rule of rules) {
    const counters: EvaluationCounters = { combinationsExceeded: 0 };
    const context: RuleContext = {
      catalogue,
      slots,
      conditions: new ConditionList(conditions.length),
      counters,
    };
    const compiled = compileRule(rule, context);
    if (compiled === undefined) {
      diagnostics.push(...checkUnsupported(rule, context));
      idle.push({ rule, reason: `rules of type ${rule.type} cannot run yet` });
      continue;
    }
    diagnostics.push(...compiled.diagnostics);
    if (compiled.plan === undefined) {
      const first = compiled.diagnostics.find(
        ({ code, severity }) => severity === "error" || code === "language-not-supported",
      );
      idle.push({
        rule,
        reason: first === undefined ? "its query cannot be compiled" : asReason(first.message),
      });
      continue;
    }
    const asked = context.conditions.all;
    for (const condition of asked) conditions.push(condition);
    ready.push({ rule, plan: compiled.plan, conditions: asked, counters, exceptions: exceptions.of(rule) });
  }
  const { diagnostics: exceptionDiagnostics } = exceptions;
  return { ready, idle, diagnostics, exceptionDiagnostics, conditions, slots, catalogue };
}

/** A sentence that stands in a list of reasons begins like the others. */
function asReason(message: string): string {
  return /^[A-Z][a-z]/.test(message) ? message.charAt(0).toLowerCase() + message.slice(1) : message;
}

/** A rule that cannot run yet still has its KQL checked, so that its author learns of mistakes now. */
function checkUnsupported(rule: Rule, context: RuleContext): readonly LocatedDiagnostic[] {
  const span = rule.source.spanOf(["type"]);
  const message = `Rules of type '${rule.type}' cannot run yet; '${rule.name}' is loaded and not run`;
  const found: LocatedDiagnostic[] = [
    { ...diagnostic("rule-type-not-supported", span, message), source: rule.source.text },
  ];
  if ((rule.type === "threshold" || rule.type === "threat_match") && rule.query.language === "kuery") {
    found.push(...compileCondition(rule, rule.query, context).diagnostics);
  }
  if (rule.type === "threat_match" && rule.threat_query.language === "kuery") {
    found.push(
      ...compileCondition({ ...rule, filters: rule.threat_filters }, rule.threat_query, context).diagnostics,
    );
  }
  return found;
}
