import {
  type EventView,
  type FieldCatalogue,
  type FieldSlots,
  type JsonObject,
  readAll,
  type Scalar,
} from "@tallyman/ecs";
import type { ThreatMappingEntry } from "@tallyman/rules";
import { joinKeyText } from "../../sequence/join-key.ts";
import { cartesian } from "../../values/cartesian.ts";
import { distinctTerms, type TermField, termField } from "../../values/term-field.ts";

/** One event, or one indicator, may bring so many combinations of values to a group; more are cut off. */
const combinationsMax = 100;

/** An entry of a mapping, its fields resolved: both sides are read as the event's field is typed. */
interface MappedField {
  readonly field: TermField;
  /** Where the indicator's values stand. */
  readonly indicatorPath: string;
}

/** The values of an event under one group of a mapping, in the order of its entries. */
export interface Combination {
  readonly terms: readonly Scalar[];
  /** A text that events and indicators with equal values share. */
  readonly key: string;
}

/** What an event and one indicator must have in common: all of these fields. */
export class MappingGroup {
  /** The fields that must be equal. */
  readonly equal: readonly MappedField[];
  /** The fields that must not be. */
  readonly different: readonly MappedField[];

  constructor(entries: readonly ThreatMappingEntry[], catalogue: FieldCatalogue, slots: FieldSlots) {
    const resolve = ({ field, value }: ThreatMappingEntry): MappedField => ({
      field: termField(field, catalogue, slots),
      indicatorPath: catalogue.find(value)?.valuePath ?? value,
    });
    this.equal = entries.filter(({ negate }) => !negate).map(resolve);
    this.different = entries.filter(({ negate }) => negate).map(resolve);
  }

  /** None when the event lacks a field that must be equal. */
  ofEvent(event: EventView): { readonly combinations: readonly Combination[]; readonly cut: number } {
    return combine(this.equal.map(({ field }) => event.values(field.slot)));
  }

  ofIndicator(indicator: JsonObject): readonly Combination[] {
    return combine(this.equal.map((mapped) => indicatorTerms(indicator, mapped))).combinations;
  }

  /** Looks whether an indicator really has the values of an event, and none that must be different. */
  matches(event: EventView, { terms }: Combination, indicator: JsonObject): boolean {
    return (
      this.equal.every((mapped, i) => indicatorTerms(indicator, mapped).includes(terms[i] as Scalar)) &&
      this.different.every((mapped) => {
        const values = new Set(event.values(mapped.field.slot) as readonly Scalar[]);
        return !indicatorTerms(indicator, mapped).some((term) => values.has(term));
      })
    );
  }
}

function indicatorTerms(indicator: JsonObject, { field, indicatorPath }: MappedField): readonly Scalar[] {
  return readAll(indicator, indicatorPath, field.reading);
}

function combine(columns: readonly (readonly Scalar[])[]) {
  const { combinations, cut } = cartesian(columns.map(distinctTerms), combinationsMax);
  return { combinations: combinations.map((terms) => ({ terms, key: joinKeyText(terms) })), cut };
}
