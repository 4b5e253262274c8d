/** One `[ ]` or `![ ]` of a sequence. */
export interface SequenceStage {
  /** True for `![ ]`: no event of the kind may occur there. */
  readonly isMissing: boolean;
  /** `with runs=N`: the stage counts as N stages in a row. 1 without it. */
  readonly runs: number;
  /**
   * True when the stage looks at the events that a sequence has by then: its matches say which sequences they fit (`StageMatch.accepts`). Such
   * a stage has no runs.
   */
  readonly isLinked?: boolean;
}

/** What the matcher needs to know of an EQL sequence. `until` needs no word here: it comes as a match of its own. */
export interface SequencePlan {
  readonly stages: readonly SequenceStage[];
  /** `with maxspan`, in milliseconds, at least 1. EQL requires it where a stage is missing. */
  readonly maxSpanMs: number | undefined;
}

/** A plan seen from its positive stages, counted from 0: they alone move a sequence on. */
export interface SequenceLayout {
  /** By the number of the stage in the plan. */
  readonly roles: readonly StageRole[];
  readonly stageCount: number;
  /** By positive stage: true when the next one is linked, so that any sequence behind the stage may be the one that goes on. */
  readonly keepsAll: readonly boolean[];
  /** True when a trailing `![ ]` is linked. */
  readonly isEndLinked: boolean;
  readonly hasMissingFirst: boolean;
  readonly hasMissingLast: boolean;
  /** One entry for each place in a found sequence, runs counted: true where an event is missing. */
  readonly gaps: readonly boolean[];
}

/** What a stage of the plan is to the matcher. */
export type StageRole = PositiveRole | MissingRole;

export interface PositiveRole {
  readonly kind: "positive";
  readonly stage: number;
  readonly runs: number;
}

export type MissingRole =
  | { readonly kind: "missing-first" }
  /** Behind a positive stage and before another. */
  | { readonly kind: "missing-after"; readonly stage: number }
  | { readonly kind: "missing-last" };

/** Throws on a plan that EQL does not allow: no positive stage, runs or maxspan below 1, a missing stage without maxspan. */
export function layOut({ maxSpanMs, stages }: SequencePlan): SequenceLayout {
  const positives = stages.filter(({ isMissing }) => !isMissing);
  const first = stages.findIndex(({ isMissing }) => !isMissing);
  const last = stages.findLastIndex(({ isMissing }) => !isMissing);
  if (positives.length === 0) throw new Error("a sequence needs a stage that is not missing");
  if (stages.some(({ runs }) => !(runs >= 1))) throw new Error("runs must be at least 1");
  if (maxSpanMs !== undefined && !(maxSpanMs >= 1)) throw new Error("maxspan must be at least 1");
  if (stages.some(({ isLinked, runs }) => isLinked === true && runs > 1))
    throw new Error("a linked stage has no runs");
  if (maxSpanMs === undefined && positives.length < stages.length) {
    throw new Error("missing stages need a maxspan");
  }
  let stage = -1;
  return {
    roles: stages.map(({ isMissing, runs }, i) => {
      if (!isMissing) return { kind: "positive", stage: ++stage, runs };
      if (i < first) return { kind: "missing-first" };
      return i > last ? { kind: "missing-last" } : { kind: "missing-after", stage };
    }),
    stageCount: positives.length,
    keepsAll: positives.map((_, i) => positives[i + 1]?.isLinked === true),
    isEndLinked: stages.slice(last + 1).some(({ isLinked }) => isLinked === true),
    hasMissingFirst: first > 0,
    hasMissingLast: last < stages.length - 1,
    gaps: stages.flatMap(({ isMissing, runs }) => new Array<boolean>(runs).fill(isMissing)),
  };
}
