import { type FieldCatalogue, type JsonObject, readAll, type Scalar } from "@tallyman/ecs";
import type { Rule } from "@tallyman/rules";
import { cartesian } from "../values/cartesian.ts";
import { shownTerm, type TermReading, termReading } from "../values/term-reading.ts";

/** How a rule's alerts are grouped, and for how long a group lasts. */
export interface SuppressionPlan {
  readonly fields: readonly {
    readonly path: string;
    readonly valuePath: string;
    readonly reading: TermReading;
  }[];
  /**
   * What an array means: `each` element is a group of its own (query, threshold), or the `whole` array is one group, of sequences in its order, of
   * others (new_terms, threat_match, single events of eql) in any. Source: detection engine, alert suppression.
   */
  readonly arrays: "each" | "whole";
  /** Where false, an alert that lacks one of the fields is not grouped; where true, the absence is a value like any other. */
  readonly groupsMissing: boolean;
  /** How long a group lasts after its first alert; undefined for as long as the interval of the rule in which that falls. */
  readonly durationMs: number | undefined;
  readonly intervalMs: number;
}

/** The plan of a rule that suppresses alerts, undefined for others. */
export function suppressionPlan(rule: Rule, catalogue: FieldCatalogue): SuppressionPlan | undefined {
  const suppression = rule.alert_suppression;
  if (suppression === undefined) return undefined;
  const groupBy = rule.type === "threshold" ? rule.threshold.field : suppression.group_by;
  const { duration } = suppression;
  return {
    fields: groupBy.map((path) => ({
      path,
      valuePath: catalogue.find(path)?.valuePath ?? path,
      reading: termReading(path, catalogue),
    })),
    arrays:
      rule.type === "query" || rule.type === "saved_query" || rule.type === "threshold" ? "each" : "whole",
    groupsMissing: suppression.missing_fields_strategy === "suppress",
    durationMs: duration && duration.value * unitMs[duration.unit],
    intervalMs: Math.max(1, rule.intervalMs),
  };
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** What an alert has in a field of its group: null when nothing, several values where the whole array counts. */
export type SuppressionValue = Scalar | readonly Scalar[] | null;

/** One document may belong to this many groups; more are cut off. */
const groupsMax = 100;

/** The groups of a document, by the values of the plan's fields in their order; none when it is not to be grouped. `cut` says how many more it has. */
export function groupsOf(
  document: JsonObject,
  plan: SuppressionPlan,
  isSequence: boolean,
): { readonly groups: readonly (readonly SuppressionValue[])[]; readonly cut: number } {
  const columns = plan.fields.map(({ reading, valuePath }) =>
    [...new Set<Scalar>(readAll(document, valuePath, reading))].map((term) => shownTerm(term, reading)),
  );
  if (!plan.groupsMissing && columns.some((values) => values.length === 0)) return { groups: [], cut: 0 };
  if (plan.arrays === "each") {
    const filled = columns.map((values): readonly SuppressionValue[] =>
      values.length === 0 ? nothingOnly : values,
    );
    const { combinations, cut } = cartesian(filled, groupsMax);
    return { groups: combinations, cut };
  }
  const own = columns.map((values) => wholeValue(isSequence ? values : values.toSorted(compareTerms)));
  return { groups: [own], cut: 0 };
}

const nothingOnly = [null] as const;

function wholeValue(values: readonly Scalar[]): SuppressionValue {
  const [only] = values;
  return only === undefined ? null : values.length === 1 ? only : values;
}

function compareTerms(a: Scalar, b: Scalar): number {
  const [first, second] = [String(a), String(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}
