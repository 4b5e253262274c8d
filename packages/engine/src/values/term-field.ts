import type { FieldCatalogue, FieldSlots, Scalar, Slot } from "@tallyman/ecs";
import { type TermReading, termReading } from "./term-reading.ts";

/** A field whose values are told apart, as its type does. */
export interface TermField {
  /** The name as the rule writes it. */
  readonly path: string;
  readonly reading: TermReading;
  readonly slot: Slot<TermReading>;
}

/** Resolves a field; one that no catalogue knows has the type of its values. */
export function termField(path: string, catalogue: FieldCatalogue, slots: FieldSlots): TermField {
  const reading = termReading(path, catalogue);
  return { path, reading, slot: slots.slot(catalogue.find(path)?.valuePath ?? path, reading) };
}

/** The terms without repetition, in the order of their first occurrence. */
export function distinctTerms(terms: readonly Scalar[]): readonly Scalar[] {
  return terms.length < 2 ? terms : [...new Set(terms)];
}
