import type { EventView, FieldSlots, Slot } from "@tallyman/ecs";
import type { JoinKeyField } from "@tallyman/languages";
import type { JoinKey, JoinKeyValue } from "../sequence/join-key.ts";
import { cartesian } from "../values/cartesian.ts";

/** One event may bring this many join keys to a stage; more are cut off and counted. */
const joinKeysMax = 100;

/** The join keys that an event has for a stage, and how many were cut off. */
export interface ReadJoinKeys {
  readonly keys: readonly JoinKey[];
  readonly cut: number;
}

/**
 * Makes the reader of a stage's join keys: one key for each combination of the values of its fields. An event that lacks a field has none,
 * unless the field is optional, which makes null its value. Source: EQL reference, `by` and optional `by` fields.
 */
export function joinKeyReader(
  fields: readonly JoinKeyField[],
  slots: FieldSlots,
): (event: EventView) => ReadJoinKeys {
  const columns = fields.map(({ isOptional, reading, valuePath }) => ({
    isOptional,
    slot: slots.slot(valuePath, reading) as Slot<JoinKeyField["reading"]>,
  }));
  const [first] = columns;
  if (first === undefined) return () => noKeys;
  return (event) => {
    const values = columns.map(({ isOptional, slot }): readonly JoinKeyValue[] => {
      const found = event.values(slot);
      return found.length === 0 && isOptional ? nullOnly : found;
    });
    const { combinations, cut } = cartesian(values, joinKeysMax);
    return { keys: combinations, cut };
  };
}

/** A sequence without keys joins all events. */
const noKeys: ReadJoinKeys = { keys: [[]], cut: 0 };
const nullOnly = [null] as const;
