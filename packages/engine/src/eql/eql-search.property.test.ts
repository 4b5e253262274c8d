import { ecsCatalogue, FieldSlots, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import { checkEql } from "@tallyman/languages";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EqlSearch } from "./eql-search.ts";

const process = fc.constantFrom("1", "2", "3", "4");
const events = fc.array(
  fc
    .record(
      {
        name: fc.constantFrom("a", "b", "c"),
        entity: process,
        parent: process,
        ancestry: fc.uniqueArray(process, { maxLength: 2 }),
        args: fc.array(fc.constantFrom("x", "y"), { maxLength: 2 }),
      },
      { requiredKeys: ["name"] },
    )
    .map(
      ({ name, entity, parent, ancestry, args }): JsonObject => ({
        process: {
          name,
          ...(entity === undefined ? {} : { entity_id: entity }),
          ...(parent === undefined ? {} : { parent: { entity_id: parent } }),
          ...(ancestry === undefined ? {} : { Ext: { ancestry } }),
          ...(args === undefined ? {} : { args }),
        },
      }),
    ),
  { maxLength: 15, size: "+1" },
);

const queries = [
  'any where descendant of [any where process.name == "a"]',
  'any where process.name == "b" and not descendant of [any where process.name == "a"]',
  'any where child of [any where process.name == "a" and child of [any where process.name == "b"]]',
  'any where event of [any where descendant of [any where process.name == "c"]]',
  'sequence [any where process.name == "a"] as e0 [any where process.args == e0.process.args]',
  'sequence [any where child of [any where process.name == "a"]] as e0 [any where process.name != e0.process.name]',
  'sample by process.entity_id [any where process.name == "a"] [any where descendant of [any where process.name == "b"]]',
];

function search(text: string, documents: readonly JsonObject[], order: readonly number[]) {
  const { query } = checkEql(text, ecsCatalogue(), { dialect: "endpoint" });
  if (query === undefined) throw new Error("the query is good");
  const slots = new FieldSlots();
  const options = { sizeMax: 1000, samplesPerKeyMax: 1, heldMax: 1000, nowMs: 0 };
  const running = new EqlSearch<number>(query, slots, options);
  for (const place of order) {
    const document = documents[place] as JsonObject;
    running.add(place, new ParsedEvent(document, slots), { ms: place, nanos: 0, arrival: place });
  }
  expect([running.isFull, running.givenUp, running.combinationsCut]).toEqual([false, 0, 0]);
  return running.results();
}

test("what a search finds does not hang on the order in which events are read", () => {
  const given = events.chain((documents) =>
    fc.record({
      documents: fc.constant(documents),
      order: fc.shuffledSubarray([...documents.keys()], {
        minLength: documents.length,
        maxLength: documents.length,
      }),
      query: fc.constantFrom(...queries),
    }),
  );
  fc.assert(
    fc.property(given, ({ documents, order, query }) => {
      expect(search(query, documents, order)).toEqual(search(query, documents, [...documents.keys()]));
    }),
    { numRuns: 700 },
  );
});

test("events that say nothing new of their processes take no room", () => {
  const { query } = checkEql(
    'network where descendant of [process where process.name == "a"]',
    ecsCatalogue(),
    { dialect: "endpoint" },
  );
  if (query === undefined) throw new Error("the query is good");
  const slots = new FieldSlots();
  const options = { sizeMax: 10, samplesPerKeyMax: 1, heldMax: 3, nowMs: 0 };
  const running = new EqlSearch<number>(query, slots, options);
  const add = (document: JsonObject, place: number) =>
    running.add(place, new ParsedEvent(document, slots), { ms: place, nanos: 0, arrival: place });
  add({ event: { category: "process" }, process: { name: "a", entity_id: "1" } }, 0);
  for (let place = 1; place < 100; place++)
    add({ event: { category: "file" }, process: { entity_id: "2", parent: { entity_id: "1" } } }, place);
  add({ event: { category: "network" }, process: { entity_id: "2" } }, 100);
  expect(running.isFull).toBe(false);
  expect(running.results()).toEqual([{ kind: "event", event: 100 }]);
});
