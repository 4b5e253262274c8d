import type { Field } from "@tallyman/ecs";
import type { ScriptField } from "./checked-expression.ts";

/** The reading under which a field's values are taken whole, for computing with them and for joining events by them. */
export function scalarReading(field: Field | undefined): ScriptField["reading"] {
  if (field === undefined) return "scalar";
  switch (field.type) {
    case "long":
    case "double":
      return "number";
    case "boolean":
    case "date":
    case "ip":
      return field.type;
    default:
      return field.lowercase ? "caseless" : "keyword";
  }
}
