import { readdirSync, readFileSync } from "node:fs";
import {
  ecsCatalogue,
  type FieldCatalogue,
  FieldSlots,
  type FieldType,
  type JsonObject,
  ParsedEvent,
  parseDuration,
} from "@tallyman/ecs";
import { type EqlResult, EqlSearch, ordinalOf } from "@tallyman/engine";
import { type CheckedEql, checkEql, compile, type EqlDialect, type EqlOptions } from "@tallyman/languages";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";

/** The cases of a file in conformance/eql. */
interface EqlCases {
  /** What the file shows. */
  readonly about: string;
  /** Elasticsearch's when left out. */
  readonly dialect?: EqlDialect;
  /** Field types laid over the catalogue. */
  readonly types?: Record<string, FieldType>;
  /** Whole queries that are an error. */
  readonly refused?: readonly string[];
  readonly case?: readonly ConditionCase[];
  readonly search?: readonly SearchCase[];
}

/** An event, and conditions on it: what stands behind `any where`. */
interface ConditionCase {
  readonly about?: string;
  /** The moment from which relative dates count. */
  readonly now?: string;
  /** A table, or JSON text where TOML has no word for it. */
  readonly event: JsonObject | string;
  readonly match?: readonly string[];
  /** A condition and its `not` may both stand here: null selects nothing. */
  readonly no_match?: readonly string[];
  /** Conditions that are an error. */
  readonly refused?: readonly string[];
}

/** A search over events that are all there is. */
interface SearchCase {
  readonly about: string;
  readonly query: string;
  /** `at` is the time after the start of the case, as in `90s`, and stands for `@timestamp`. */
  readonly events: readonly JsonObject[];
  /** The numbers of the events found, counted from 1; of a sequence or sample those of its events, 0 for a missing one. */
  readonly results: readonly number[] | readonly (readonly number[])[];
  /** The values by which the events of each result belong together. */
  readonly join_keys?: readonly (readonly (string | number | boolean)[])[];
  readonly size?: number;
  readonly samples_per_key?: number;
  readonly category_field?: string;
  readonly timestamp_field?: string;
  readonly tiebreaker_field?: string;
}

const start = Date.UTC(2024, 4, 1);
const folder = new URL("eql/", import.meta.url);

for (const file of readdirSync(folder).filter((name) => name.endsWith(".toml"))) {
  const cases = parse(readFileSync(new URL(file, folder), "utf8")) as unknown as EqlCases;
  const catalogue = ecsCatalogue().with(cases.types ?? {});
  const { dialect = "elasticsearch" } = cases;
  describe(`${file}: ${cases.about}`, () => {
    test.for([...(cases.refused ?? [])])("%s is refused", (query) => {
      expect(checkEql(query, catalogue, { dialect }).query).toBeUndefined();
    });
    for (const [i, { event, now, match, no_match, refused }] of (cases.case ?? []).entries()) {
      const document = typeof event === "string" ? (JSON.parse(event) as JsonObject) : event;
      const nowMs = now === undefined ? start : Date.parse(now);
      const rows = [
        ...(match ?? []).map((condition) => ({ condition, want: true })),
        ...(no_match ?? []).map((condition) => ({ condition, want: false })),
      ];
      test.for(rows)(`event ${i + 1}: $condition is $want`, ({ condition, want }) => {
        const query = read(`any where ${condition}`, catalogue, { dialect });
        if (query.kind !== "event") expect.fail("this is no condition");
        const slots = new FieldSlots();
        const program = compile(query.condition, slots);
        expect(program.matches(new ParsedEvent(document, slots), nowMs)).toBe(want);
      });
      test.for([...(refused ?? [])])(`event ${i + 1}: %s is refused`, (condition) => {
        expect(checkEql(`any where ${condition}`, catalogue, { dialect }).query).toBeUndefined();
      });
    }
    test.for([...(cases.search ?? [])])("$about", (given) => {
      const places = given.events.map((_, i) => i);
      const found = search(given, catalogue, dialect, places);
      expect(found.map(numbersOf)).toEqual(given.results);
      if (given.join_keys !== undefined) expect(found.map(keysOf)).toEqual(given.join_keys);
      // Whatever the order in which the events are read.
      expect(search(given, catalogue, dialect, places.toReversed())).toEqual(found);
    });
  });
}

function read(text: string, catalogue: FieldCatalogue, options: EqlOptions = {}): CheckedEql {
  const { query, diagnostics } = checkEql(text, catalogue, options);
  return query ?? expect.fail(diagnostics.map(({ message }) => message).join("; "));
}

/** The results of a case with its events read in the order of `places`. */
function search(
  given: SearchCase,
  catalogue: FieldCatalogue,
  dialect: EqlDialect,
  places: readonly number[],
): readonly EqlResult<number>[] {
  const { category_field: eventCategoryField, size, samples_per_key } = given;
  const options = { dialect, ...(eventCategoryField === undefined ? {} : { eventCategoryField }) };
  const slots = new FieldSlots();
  const found = new EqlSearch<number>(read(given.query, catalogue, options), slots, {
    sizeMax: size ?? 100,
    samplesPerKeyMax: samples_per_key ?? 1,
    heldMax: 1000,
    nowMs: start,
  });
  const order = {
    timestampField: given.timestamp_field ?? "@timestamp",
    tiebreakerField: given.tiebreaker_field ?? "event.sequence",
  };
  for (const place of places) {
    const document = documentOf(given.events[place] as JsonObject);
    found.add(place + 1, new ParsedEvent(document, slots), ordinalOf(document, order, 0, place));
  }
  return found.results();
}

function documentOf({ at, ...fields }: JsonObject): JsonObject {
  if (at === undefined) return fields;
  const ms = parseDuration(String(at)) ?? expect.fail(`${at} is no time`);
  return { "@timestamp": new Date(start + ms).toISOString(), ...fields };
}

function numbersOf(result: EqlResult<number>): number | readonly number[] {
  return result.kind === "event" ? result.event : result.events.map((event) => event ?? 0);
}

function keysOf(result: EqlResult<number>): readonly unknown[] {
  return result.kind === "event" ? [] : result.joinKeys;
}
