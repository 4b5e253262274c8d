import {
  type EventView,
  type FieldSlots,
  formatIp,
  type JsonObject,
  parseTimestamp,
  readFirst,
} from "@tallyman/ecs";
import {
  type CheckedExpression,
  compile,
  type EvaluationCounters,
  fold,
  type JoinKeyField,
  type Program,
} from "@tallyman/languages";
import type { JoinKey, JoinKeyValue } from "../sequence/join-key.ts";
import type { Ordinal } from "../sequence/ordinal.ts";
import type { StageMatch } from "../sequence/sequence-matcher.ts";
import { joinKeyReader, type ReadJoinKeys } from "./join-keys.ts";

/** A stage of a sequence or sample: how its events are recognised, and what joins them to others. */
export interface Stage {
  readonly stage: number | "until";
  readonly condition: Program;
  readonly keysOf: (event: EventView) => ReadJoinKeys;
}

/** What of a checked stage matters here. */
interface StageQuery {
  readonly condition: CheckedExpression;
  readonly keys: readonly JoinKeyField[];
}

/** Compiles the stages of a sequence or sample, `until` last. `filters` must hold too, so that what they exclude is invisible to every stage. */
export function compileStages(
  query: { readonly stages: readonly StageQuery[]; readonly until?: StageQuery | undefined },
  filters: CheckedExpression,
  slots: FieldSlots,
  counters: EvaluationCounters,
): readonly Stage[] {
  const compileStage = (stage: Stage["stage"], { condition, keys }: StageQuery): Stage => ({
    stage,
    condition: compile(fold({ kind: "and", operands: [condition, filters] }), slots, counters),
    keysOf: joinKeyReader(keys, slots),
  });
  const stages = query.stages.map((stage, i) => compileStage(i, stage));
  return query.until === undefined ? stages : [...stages, compileStage("until", query.until)];
}

/** The stages that an event meets, with its join keys for each; `onCut` is told of keys beyond the number that one event may bring. */
export function matchStages(
  stages: readonly Stage[],
  event: EventView,
  nowMs: number,
  onCut: (count: number) => void,
): readonly StageMatch[] {
  let matches: StageMatch[] | undefined;
  for (const { condition, keysOf, stage } of stages) {
    if (!condition.matches(event, nowMs)) continue;
    const { cut, keys } = keysOf(event);
    if (cut > 0) onCut(cut);
    if (keys.length === 0) continue;
    if (matches === undefined) matches = [];
    matches.push({ stage, keys });
  }
  return matches ?? noMatches;
}

const noMatches: readonly StageMatch[] = [];

/** The fields by which events are ordered. */
export interface OrderFields {
  readonly timestampField: string;
  readonly tiebreakerField: string;
}

/** Where an event stands; `fallbackMs` is its time where it does not say. */
export function ordinalOf(
  document: JsonObject,
  fields: OrderFields,
  fallbackMs: number,
  arrival: number,
): Ordinal {
  const timestamp = parseTimestamp(readFirst(document, fields.timestampField, "scalar"));
  return {
    ms: timestamp?.ms ?? fallbackMs,
    nanos: timestamp?.nanos ?? 0,
    tiebreaker: readFirst(document, fields.tiebreakerField, "number"),
    arrival,
  };
}

/** A join key as people write its values. */
export function shownKey(key: JoinKey, fields: readonly JoinKeyField[]): readonly JoinKeyValue[] {
  return key.map((value, i) =>
    fields[i]?.reading === "ip" && typeof value === "string" ? formatIp(value) : value,
  );
}
