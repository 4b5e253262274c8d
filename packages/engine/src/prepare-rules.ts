import type { FieldCatalogue, FieldSlots } from "@tallyman/ecs";
import { diagnostic, type EvaluationCounters, type LocatedDiagnostic } from "@tallyman/languages";
import type { Rule } from "@tallyman/rules";
import { compileRule, type Startable } from "./rule-types/index.ts";
import type { RuleContext } from "./rule-types/rule-type.ts";

/** A rule that can run. */
export interface ReadyRule {
  readonly rule: Rule;
  readonly plan: Startable;
  /** What its programs could not evaluate in full. */
  readonly counters: EvaluationCounters;
  /** What must be among the events for the rule to find anything, in a few words, where that is not a matter of course. */
  readonly needs?: string | undefined;
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
  readonly slots: FieldSlots;
  readonly catalogue: FieldCatalogue;
}

/** Compiles rules for one engine. Never throws: what is wrong with a rule is a diagnostic, and the rule is idle. */
export function prepareRules(
  rules: readonly Rule[],
  catalogue: FieldCatalogue,
  slots: FieldSlots,
): PreparedRules {
  const ready: ReadyRule[] = [];
  const idle: IdleRule[] = [];
  const diagnostics: LocatedDiagnostic[] = [];
  for (const rule of rules) {
    const counters: EvaluationCounters = { combinationsExceeded: 0 };
    const context: RuleContext = { catalogue, slots, counters };
    const compiled = compileRule(rule, context);
    if (compiled === undefined) {
      diagnostics.push(typeNotSupported(rule));
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
    if (rule.alert_suppression !== undefined) diagnostics.push(suppressionNotApplied(rule));
    ready.push({ rule, plan: compiled.plan, counters, needs: compiled.needs });
  }
  return { ready, idle, diagnostics, slots, catalogue };
}

/** A sentence that stands in a list of reasons begins like the others. */
function asReason(message: string): string {
  return /^[A-Z][a-z]/.test(message) ? message.charAt(0).toLowerCase() + message.slice(1) : message;
}

function typeNotSupported(rule: Rule): LocatedDiagnostic {
  const span = rule.source.spanOf(["type"]);
  const message = `Rules of type '${rule.type}' cannot run yet; '${rule.name}' is loaded and not run`;
  return { ...diagnostic("rule-type-not-supported", span, message), source: rule.source.text };
}

function suppressionNotApplied(rule: Rule): LocatedDiagnostic {
  const span = rule.source.spanOf(["alert_suppression"]);
  const message = `'${rule.name}' suppresses repeated alerts, which is not applied yet: each of them is raised`;
  return { ...diagnostic("suppression-not-applied", span, message), source: rule.source.text };
}
