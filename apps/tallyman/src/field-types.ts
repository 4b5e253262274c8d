import { readFileSync } from "node:fs";
import { ecsCatalogue, type FieldCatalogue, type FieldType, fieldTypes } from "@tallyman/ecs";
import { UsageError } from "./exit-code.ts";
import { describeFileError } from "./rule-files/file-error.ts";

/** The field catalogue, with the types of a JSON file laid over it when one is named. A file that is not of that form is a `UsageError`. */
export function catalogueWith(path: string | undefined): FieldCatalogue {
  return path === undefined ? ecsCatalogue() : ecsCatalogue().with(readFieldTypes(path));
}

/** Elasticsearch's own names for types that are one here. */
const synonyms: Readonly<Record<string, FieldType>> = {
  byte: "long",
  short: "long",
  integer: "long",
  unsigned_long: "long",
  float: "double",
  half_float: "double",
  scaled_float: "double",
  date_nanos: "date",
};

function readFieldTypes(path: string): Record<string, FieldType> {
  const types: Record<string, FieldType> = {};
  const entries = Object.entries(readObject(path));
  for (const [field, type] of entries) {
    const known =
      typeof type === "string" ? (synonyms[type] ?? fieldTypes.find((each) => each === type)) : undefined;
    if (known === undefined) {
      throw new UsageError(
        `--field-types: '${field}' in '${path}' has no type that is known: ${JSON.stringify(type)}`,
      );
    }
    types[field] = known;
  }
  return types;
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
