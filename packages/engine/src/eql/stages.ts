import {
  type EventView,
  type FieldSlots,
  formatIp,
  type JsonObject,
  parseTimestamp,
  readFirst,
  type Scalar,
} from "@tallyman/ecs";
import { type CheckedExpression, fold, type JoinKeyField } from "@tallyman/languages";
import type { JoinKey, JoinKeyValue } from "../sequence/join-key.ts";
import type { Ordinal } from "../sequence/ordinal.ts";
import type { StageMatch } from "../sequence/sequence-matcher.ts";
import { joinKeyReader, type ReadJoinKeys } from "./join-keys.ts";

/** A stage of a sequence or sample: how its events are recognised, and what joins them to others. */
export interface Stage<C> {
  readonly stage: number | "until";
  readonly condition: C;
  readonly keysOf: (event: EventView) => ReadJoinKeys;
}

/** What of a checked stage matters here. */
interface StageQuery {
  readonly condition: CheckedExpression;
  readonly keys: readonly JoinKeyField[];
}

/**
 * Compiles the stages of a sequence or sample, `until` last. `filters` must hold too, so that what they exclude is invisible to every stage.
 *
 * @param compile What becomes of a stage's condition.
 */
export function compileStages<C>(
  query: { readonly stages: readonly StageQuery[]; readonly until?: StageQuery | undefined },
  filters: CheckedExpression,
  slots: FieldSlots,
  compile: (condition: CheckedExpression) => C,
): readonly Stage<C>[] {
  const compileStage = (stage: Stage<C>["stage"], { condition, keys }: StageQuery): Stage<C> => ({
    stage,
    condition: compile(fold({ kind: "and", operands: [condition, filters] })),
    keysOf: joinKeyReader(keys, slots),
  });
  const stages = query.stages.map((stage, i) => compileStage(i, stage));
  return query.until === undefined ? stages : [...stages, compileStage("until", query.until)];
}

/** The stages that an event meets, with its join keys for each; `onCut` is told of keys beyond the number that one event may bring. */
export function matchStages<C>(
  stages: readonly Stage<C>[],
  event: EventView,
  fulfils: (condition: C) => boolean,
  onCut: (count: number) => void,
): readonly StageMatch[] {
  let matches: StageMatch[] | undefined;
  for (const { condition, keysOf, stage } of stages) {
    if (!fulfils(condition)) continue;
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
  const time = readFirst(document, fields.timestampField, "scalar");
  return ordinal(time, readFirst(document, fields.tiebreakerField, "number"), fallbackMs, arrival);
}

/** The same for events of a table of slots. */
export function ordinalReader(
  fields: OrderFields,
  slots: FieldSlots,
): (event: EventView, fallbackMs: number, arrival: number) => Ordinal {
  const time = slots.slot(fields.timestampField, "scalar");
  const tiebreaker = slots.slot(fields.tiebreakerField, "number");
  return (event, fallbackMs, arrival) =>
    ordinal(event.values(time)[0], event.values(tiebreaker)[0], fallbackMs, arrival);
}

function ordinal(
  time: Scalar | undefined,
  tiebreaker: number | undefined,
  fallbackMs: number,
  arrival: number,
): Ordinal {
  const timestamp = parseTimestamp(time);
  return { ms: timestamp?.ms ?? fallbackMs, nanos: timestamp?.nanos ?? 0, tiebreaker, arrival };
}

/** A join key as people write its values. */
export function shownKey(key: JoinKey, fields: readonly JoinKeyField[]): readonly JoinKeyValue[] {
  return key.map((value, i) =>
    fields[i]?.reading === "ip" && typeof value === "string" ? formatIp(value) : value,
  );
}
