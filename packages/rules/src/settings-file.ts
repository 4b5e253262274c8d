import type { FileDiagnostics } from "./file-diagnostics.ts";
import { newPlace, Places } from "./formats/places.ts";
import { readDocuments } from "./read-documents.ts";
import type { RuleFile } from "./rule.ts";
import { type Keys, object, type ValuesOf } from "./schema/object.ts";
import { isTable, type Table } from "./schema/reader.ts";
import { Spot } from "./schema/spot.ts";

/** What a file of settings says. */
export interface SettingsFile<K extends Keys> {
  /** Undefined when something is wrong with one of them. */
  readonly values: ValuesOf<K> | undefined;
  /** As they are written; empty when the file cannot be read. */
  readonly table: Table;
  /** What was found; more may be added, with places from `spot`. */
  readonly diagnostics: FileDiagnostics;
  /** The place of the whole; undefined when the file cannot be read. */
  readonly spot: Spot | undefined;
}

/**
 * Reads a file of settings that is no rule, by its keys, with the diagnostics of rule files. `name` is what messages call the whole of it. Never
 * throws, whatever the text is.
 */
export function readSettingsFile<K extends Keys>(file: RuleFile, keys: K, name: string): SettingsFile<K> {
  const { diagnostics, documents, isEmpty } = readDocuments(file);
  const document = isEmpty ? { value: {}, places: noPlaces } : documents[0];
  if (document === undefined || !isTable(document.value)) {
    if (document !== undefined)
      Spot.root(diagnostics, document, [], name).report("wrong-type", `${name} must be a table`);
    return { values: undefined, table: {}, diagnostics, spot: undefined };
  }
  const spot = Spot.root(diagnostics, document, [], name);
  return { values: object(keys).read(document.value, spot), table: document.value, diagnostics, spot };
}

const noPlaces = new Places(
  () => newPlace(undefined, { start: 0, end: 0 }),
  () => [],
);
