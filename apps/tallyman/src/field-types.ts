import { readFileSync } from "node:fs";
import { ecsCatalogue, type FieldCatalogue, type FieldType, fieldTypes } from "@tallyman/ecs";
import { UsageError } from "./exit-code.ts";
import { describeFileError } from "./rule-files/file-error.ts";

/** The field catalogue, with the types of a JSON file laid over it when one is named. A file that is not of that form is a `UsageError`. */
export function catalogueWith(path: string | undefined): FieldCatalogue {
  return path === undefined ? ecsCatalogue() : ecsCatalogue().with(fieldTypesIn(path));
}

/** Elasticsearch's own names for types that are one here. */
const synonyms: ReadonlyMap<unknown, FieldType> = new Map([
  ["byte", "long"],
  ["short", "long"],
  ["integer", "long"],
  ["unsigned_long", "long"],
  ["float", "double"],
  ["half_float", "double"],
  ["scaled_float", "double"],
  ["date_nanos", "date"],
]);

/** The types in such a file, none without one. */
export function fieldTypesIn(path: string | undefined): Readonly<Record<string, FieldType>> {
  if (path === undefined) return {};
  const types = Object.entries(readObject(path)).map(([field, type]): [string, FieldType] => {
    const known = synonyms.get(type) ?? fieldTypes.find((each) => each === type);
    if (known === undefined) {
      throw new UsageError(
        `--field-types: '${field}' in '${path}' has no type that is known: ${JSON.stringify(type)}`,
      );
    }
    return [field, known];
  });
  return Object.fromEntries(types);
}

function readObject(path: string): object {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`--field-types: '${path}': ${describeFileError(error)}`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, with what is expected.
  }
  throw new UsageError(`--field-types: '${path}' is no JSON object of field names and types`);
}
