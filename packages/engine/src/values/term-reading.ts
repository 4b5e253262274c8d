import { type FieldCatalogue, formatIp, type Reading, type Scalar } from "@tallyman/ecs";

/** The readings under which values of one field are told apart. */
export type TermReading = "keyword" | "caseless" | "number" | "boolean" | "ip" | "date" | "scalar";

/** Terms are compared as values of their field's type: `::1` and `0:0:0:0:0:0:0:1` are one address. */
export function termReading(path: string, catalogue: FieldCatalogue): TermReading {
  const field = catalogue.find(path);
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

/** A term as people write it. */
export function shownTerm(term: Scalar, reading: Reading): Scalar {
  return reading === "ip" ? formatIp(String(term)) : term;
}
