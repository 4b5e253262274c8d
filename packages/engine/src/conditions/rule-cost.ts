import { describe } from "@tallyman/languages";
import type { Rule } from "@tallyman/rules";
import type { PreparedRules } from "../prepare-rules.ts";
import { type Anchor, isWorthLookingFor } from "./anchors.ts";
import { type Clause, clausesOf } from "./clause.ts";
import { whyUnanchored } from "./why-unanchored.ts";

/** How an alternative of a rule's conditions is found among the events, and what that is thought to cost. */
export interface ClauseCost {
  /** What the kind of an event decides, once for all events of that kind, as `explain` describes it; undefined when that is nothing. */
  readonly kinds: string | undefined;
  /** What is evaluated beside that; undefined when the kind of an event decides alone. */
  readonly condition: string | undefined;
  /** What is looked for in an event before it is evaluated, by field; none when it is evaluated for every event of its kinds. */
  readonly lookedFor: readonly LookedFor[];
  /** Why nothing is looked for, where that is so. */
  readonly reasons: readonly string[];
  /** Of 1,000 events of its kinds it is thought to be evaluated for so many: a guess from the names of fields and from what runs on most hosts. */
  readonly perThousand: number;
}

/** Values of a field, or texts within them, of which an event must have one. */
export interface LookedFor {
  readonly field: string;
  readonly values: readonly string[];
  readonly texts: readonly string[];
}

export interface RuleCost {
  readonly rule: Rule;
  /** The sum of its clauses. */
  readonly perThousand: number;
  readonly clauses: readonly ClauseCost[];
}

/** What the conditions of each rule that runs are thought to cost, in the order of the rules. */
export function ruleCosts({ ready }: PreparedRules): readonly RuleCost[] {
  return ready.map(({ conditions, rule }) => {
    const clauses = conditions.flatMap(({ expression }) => clausesOf(expression).map(clauseCost));
    return { rule, clauses, perThousand: clauses.reduce((sum, { perThousand }) => sum + perThousand, 0) };
  });
}

function clauseCost({ anchors, guard, rest }: Clause): ClauseCost {
  const isLookedUp = isWorthLookingFor(anchors);
  return {
    kinds: guard && describe(guard),
    condition: rest && describe(rest),
    lookedFor: isLookedUp ? byField(anchors.anchors) : [],
    reasons: rest === undefined || isLookedUp ? [] : whyUnanchored(rest, anchors),
    perThousand: rest === undefined ? 0 : isLookedUp ? Math.min(1000, anchors.rate) : 1000,
  };
}

function byField(anchors: readonly Anchor[]): readonly LookedFor[] {
  const fields = new Map<string, { values: string[]; texts: string[] }>();
  for (const anchor of anchors) {
    const field = fields.get(anchor.path) ?? { values: [], texts: [] };
    fields.set(anchor.path, field);
    if (anchor.kind === "text") field.texts.push(anchor.text);
    else field.values.push(String(anchor.value));
  }
  return [...fields].map(([field, found]) => ({ field, ...found }));
}
