import {
  type Field,
  type FieldCatalogue,
  type FieldSlots,
  formatIp,
  type Scalar,
  type Slot,
} from "@tallyman/ecs";

/** A field's value as it is compared with others: `::1` and `0:0:0:0:0:0:0:1` are one address. */
export type Term = string | number | boolean;

export type TermReading = "keyword" | "caseless" | "number" | "boolean" | "ip" | "date" | "scalar";

/** A field whose values are terms. */
export interface TermField {
  /** The name as the rule writes it. */
  readonly path: string;
  readonly reading: TermReading;
  readonly slot: Slot<TermReading>;
}

/** Resolves a field; one that no catalogue knows has the type of its values. */
export function termField(path: string, catalogue: FieldCatalogue, slots: FieldSlots): TermField {
  const field = catalogue.find(path);
  const reading = termReading(field);
  return { path, reading, slot: slots.slot(field?.valuePath ?? path, reading) };
}

function termReading(field: Field | undefined): TermReading {
  if (field === undefined) return "scalar";
  switch (field.type) {
    case "ip":
    case "date":
    case "boolean":
      return field.type;
    case "long":
    case "double":
      return "number";
    default:
      return field.lowercase ? "caseless" : "keyword";
  }
}

/** A term as alerts show it. */
export function shownTerm(term: Term, { reading }: TermField): Scalar {
  return reading === "ip" ? formatIp(String(term)) : term;
}

/** The terms without repetition, in the order of their first occurrence. */
export function distinctTerms(terms: readonly Term[]): readonly Term[] {
  return terms.length < 2 ? terms : [...new Set(terms)];
}
