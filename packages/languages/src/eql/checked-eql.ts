import type { Readings } from "@tallyman/ecs";
import type { Span } from "../diagnostics/span.ts";
import type { CheckedExpression, CheckedRelation } from "../expression/checked-expression.ts";
import type { EqlPipe } from "./ast.ts";

/** A query whose conditions are ready to be compiled. */
export type CheckedEql = CheckedEventQuery | CheckedSequence | CheckedSample;

export interface CheckedEventQuery {
  readonly kind: "event";
  readonly condition: CheckedExpression;
  /** What the query asks about other processes, each once; one inside the filter of another comes before it. Only in the endpoint dialect. */
  readonly relations: readonly CheckedRelation[];
  readonly pipes: readonly EqlPipe[];
}

export interface CheckedSequence {
  readonly kind: "sequence";
  /** In the order of the query; with runs they are at least two. At least one is not missing. */
  readonly stages: readonly CheckedStage[];
  /** From the first event to the last, at least 1; undefined when the query sets no limit, never so with a missing stage. */
  readonly maxSpanMs: number | undefined;
  /** What ends an open sequence; it has as many keys as the stages. */
  readonly until: Pick<CheckedStage, "condition" | "link" | "keys"> | undefined;
  /** As for an event query. */
  readonly relations: readonly CheckedRelation[];
  readonly pipes: readonly EqlPipe[];
}

export interface CheckedStage {
  /** What an event must fulfil whatever came before; it asks about no other stage. */
  readonly condition: CheckedExpression;
  /**
   * What it must fulfil beside that, in the light of the events that the sequence has by then; undefined where the stage refers to none. It may
   * ask for the events of stages with an alias. A stage that has one has no runs. Only in the endpoint dialect.
   */
  readonly link: CheckedExpression | undefined;
  /** Those of the whole sequence, then its own; each stage has the same number. */
  readonly keys: readonly JoinKeyField[];
  /** True when no event of the kind may come. */
  readonly isMissing: boolean;
  /** How often it must match in a row, 1 to 100. */
  readonly runs: number;
  /** The name of the stage's event, the last one where it has runs; each only once. Only in the endpoint dialect. */
  readonly alias: string | undefined;
}

export interface CheckedSample {
  readonly kind: "sample";
  /** At least two, each with the same number of keys, at least one. */
  readonly stages: readonly {
    readonly condition: CheckedExpression;
    readonly keys: readonly JoinKeyField[];
  }[];
  /** As for an event query. */
  readonly relations: readonly CheckedRelation[];
  readonly pipes: readonly EqlPipe[];
}

/** A field whose values join events; every value of an array is a key of its own. */
export interface JoinKeyField {
  /** As the query names it. */
  readonly path: string;
  /** Where its values stand in an event. */
  readonly valuePath: string;
  readonly reading: Extract<
    keyof Readings,
    "keyword" | "caseless" | "number" | "boolean" | "date" | "ip" | "scalar"
  >;
  /** True when an event without the field has the key null, rather than taking no part. */
  readonly isOptional: boolean;
  readonly span: Span;
}
