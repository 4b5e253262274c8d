import { ecsCatalogue, type Json } from "@tallyman/ecs";
import type { Rule } from "@tallyman/rules";
import type { Wish } from "../../../bench/plain/wishes.ts";
import type { Random } from "../../random.ts";

/** What a rule needs beyond events that fulfil its conditions, so that it finds something. */
export interface ConditionNeeds {
  /** Values of the fields by which it groups, counts or compares. */
  wishes(random: Random): readonly Wish[];
  /** How many such events in a row. */
  readonly times: number;
}

/** Longer rows would leave no room for other conditions. */
const timesMax = 30;

/** The needs by the id of a condition, as `singleConditions` gives it; those without any are left out. */
export function needsOf(rules: readonly Rule[]): ReadonlyMap<string, ConditionNeeds> {
  return new Map(rules.flatMap(needsOfRule));
}

function needsOfRule(rule: Rule): readonly (readonly [id: string, needs: ConditionNeeds])[] {
  switch (rule.type) {
    case "threshold": {
      const { cardinality, field, value } = rule.threshold;
      const [counted] = cardinality;
      const wishes = (random: Random): readonly Wish[] => [
        ...field.map((path) => ({ path, value: sharedValue(path, random.below(2)) })),
        ...(counted === undefined ? [] : [{ path: counted.field, value: someOf(counted.field, random) }]),
      ];
      const times = Math.min(timesMax, 2 * Math.max(value, Math.ceil((counted?.value ?? 0) / 10)));
      return [[rule.rule_id, { wishes, times }]];
    }
    case "threat_match": {
      const entriesOf = (random: Random) => random.pick(rule.threat_mapping).entries;
      const ofEvent = (random: Random) =>
        entriesOf(random).map(({ field }) => ({ path: field, value: sharedValue(field, random.below(4)) }));
      // An indicator is written as the type of the event's field has it.
      const ofIndicator = (random: Random) =>
        entriesOf(random).map(({ field, value: path }) => ({
          path,
          value: sharedValue(field, random.below(4)),
        }));
      return [
        [rule.rule_id, { wishes: ofEvent, times: 3 }],
        [`${rule.rule_id}/indicators`, { wishes: ofIndicator, times: 3 }],
      ];
    }
    default:
      return [];
  }
}

function someOf(path: string, random: Random): Json {
  return Array.from({ length: 20 }, () => sharedValue(path, random.below(1000)));
}

const catalogue = ecsCatalogue();

/** One of the values that all events share. */
function sharedValue(path: string, number: number): Json {
  switch (catalogue.find(path)?.type) {
    case "ip":
      return `192.0.${number >> 8}.${number & 255}`;
    case "long":
      return number;
    default:
      return `value ${number}`;
  }
}
