import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  ecsCatalogue,
  FieldSlots,
  type FieldType,
  isJsonObject,
  type Json,
  type JsonObject,
  ParsedEvent,
} from "@tallyman/ecs";
import { EqlSearch, ordinalOf } from "@tallyman/engine";
import { checkEql } from "@tallyman/languages";
import type { CheckResult } from "./check-result.ts";

interface EqlCase {
  readonly suite: string;
  readonly name: string;
  readonly query: string;
  readonly expected: readonly number[];
  readonly expected_any_of?: readonly (readonly number[])[];
  readonly join_keys?: readonly (string | null)[];
  readonly data: readonly string[];
  readonly id_field: string;
  readonly tiebreaker_field: string | null;
  readonly data_transform?: "filetime_to_millis";
  readonly size?: number;
  readonly max_samples_per_key?: number;
}

/** Runs the public EQL queries over their documents, whole: events, sequences, missing events and samples. */
export function checkEqlCases(shared: string): CheckResult {
  const folder = join(shared, "conformance");
  const cases = JSON.parse(readFileSync(join(folder, "eql-cases.json"), "utf8")) as readonly EqlCase[];
  const failed: string[] = [];
  let passed = 0;
  for (const each of cases) {
    const problem = run(each, join(folder, "eql-data"));
    if (problem === undefined) passed += 1;
    else failed.push(`${each.suite}/${each.name}: ${problem}`);
  }
  return { passed, failed };
}

function run(given: EqlCase, folder: string): string | undefined {
  const catalogue = ecsCatalogue().with(readTypes(given.data, folder));
  const checked = checkEql(given.query, catalogue, { eventCategoryField: "event_type" });
  if (checked.query === undefined) return checked.diagnostics.map(({ message }) => message).join("; ");
  const slots = new FieldSlots();
  const search = new EqlSearch<JsonObject>(checked.query, slots, {
    sizeMax: given.size ?? 50,
    samplesPerKeyMax: given.max_samples_per_key ?? 1,
    heldMax: 100_000,
    nowMs: 0,
  });
  const order = { timestampField: "@timestamp", tiebreakerField: given.tiebreaker_field ?? "event.sequence" };
  for (const [i, document] of readDocuments(given, folder).entries()) {
    search.add(document, new ParsedEvent(document, slots), ordinalOf(document, order, 0, i));
  }
  const results = search.results();
  const idOf = (event: JsonObject | undefined): Json =>
    event === undefined ? -1 : (event[given.id_field] ?? null);
  const found = results.flatMap((result) =>
    result.kind === "event" ? [idOf(result.event)] : result.events.map(idOf),
  );
  const allowed = given.expected_any_of ?? [given.expected];
  if (!allowed.some((expected) => expected.join() === found.join()))
    return `found ${found.join()}, expected ${given.expected.join()}`;
  if (given.join_keys === undefined) return undefined;
  const keys = results.flatMap((result) => (result.kind === "group" ? result.joinKeys : []));
  const texts = keys.map((key) => (key === null ? null : String(key)));
  return JSON.stringify(texts) === JSON.stringify(given.join_keys)
    ? undefined
    : `join keys ${JSON.stringify(texts)}`;
}

function readDocuments({ data, data_transform }: EqlCase, folder: string): readonly JsonObject[] {
  return data.flatMap((name) => {
    const documents = (JSON.parse(readText(join(folder, name), "//")) as readonly JsonObject[]).map(
      withIsoDates,
    );
    if (data_transform === undefined) return documents;
    return documents.map((document) => {
      const ticks = BigInt(Math.trunc(Number(document["timestamp"])));
      return { ...document, "@timestamp": Number(ticks / 10000n - 11644473600000n) };
    });
  });
}

/** One mapping writes its dates day first, which a list of types cannot say; the index would read them so. */
function withIsoDates(document: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(document).map(([field, value]) => {
      const date = typeof value === "string" ? /^(\d{2})-(\d{2})-(\d{4})$/.exec(value) : null;
      return [field, date === null ? value : `${date[3]}-${date[2]}-${date[1]}`];
    }),
  );
}

/** The types of a mapping file, aliases left out; a type that is drawn at random there is keyword here. */
function readTypes(data: readonly string[], folder: string): Record<string, FieldType> {
  const types: Record<string, FieldType> = {};
  for (const name of data) {
    const text = readText(join(folder, name.replace(/\.[a-z]+$/, ".mapping")), "#");
    addTypes(
      JSON.parse(text.replaceAll("[runtime_random_keyword_type]", "keyword")) as JsonObject,
      "",
      types,
    );
  }
  return types;
}

function addTypes(mapping: JsonObject, prefix: string, types: Record<string, FieldType>): void {
  for (const key of ["properties", "fields"]) {
    const fields = mapping[key];
    if (!isJsonObject(fields)) continue;
    for (const [name, field] of Object.entries(fields)) {
      if (!isJsonObject(field)) continue;
      const path = prefix === "" ? name : `${prefix}.${name}`;
      const type = field["type"];
      if (typeof type === "string" && type !== "alias") types[path] = (folded[type] ?? type) as FieldType;
      addTypes(field, path, types);
    }
  }
}

const folded: Readonly<Record<string, FieldType>> = {
  integer: "long",
  short: "long",
  byte: "long",
  float: "double",
  date_nanos: "date",
};

function readText(path: string, comment: string): string {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => !line.trimStart().startsWith(comment))
    .join("\n");
}
