import { FieldSlots, type Json, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import { expect, test } from "vitest";
import type { RuleEvent } from "../rule-event.ts";
import { IndicatorStore, indicatorLimits } from "./indicator-store.ts";

function event(document: JsonObject, nowMs = 5): RuleEvent {
  const view = new ParsedEvent(document, new FieldSlots());
  const source = { document, index: "logs-ti_x", id: () => "id", timestampMs: nowMs, nowMs };
  const rest = { place: undefined, arrival: 1, fulfils: () => true, source: () => source };
  return { ...source, ...rest, view, names: [source.index] };
}

test("an event is held once, however many rules want it", () => {
  const store = new IndicatorStore();
  const first = event({ a: 1 });
  expect(store.addEvent(first)).toBe(1);
  expect(store.addEvent(first)).toBe(1);
  expect(store.addEvent(event({ a: 2 }))).toBe(2);
  expect(store.seenCount).toBe(2);
  expect(store.get(2)?.documentAt(0)).toEqual({ "@timestamp": "1970-01-01T00:00:00.000Z", a: 2 });
});

test("given indicators stay, seen ones make room for newer ones, and what is not taken is counted", () => {
  const store = new IndicatorStore({ given: 2, seen: 3, seenUnits: 40, documentUnits: 20 });
  expect([1, 2, 3].map((a) => store.addGiven({ document: { a }, index: "f" }))).toEqual([-1, -2, undefined]);
  expect(store.dropped).toBe(1);
  for (let a = 1; a <= 10; a++) store.addEvent(event({ a }));
  expect(store.seenCount).toBe(3);
  expect([store.get(7), store.get(8)?.text, store.get(10)?.text]).toEqual([undefined, '{"a":8}', '{"a":10}']);
  expect(store.dropped).toBe(8);
  expect(store.addEvent(event({ a: "x".repeat(20) }))).toBe(undefined);
  expect(store.addGiven({ document: { a: "x".repeat(20) }, index: "f" })).toBe(undefined);
  expect(store.dropped).toBe(10);
  for (const a of ["123456789", "223456789", "323456789"]) store.addEvent(event({ a }));
  expect(store.seenCount).toBe(2);
  expect(store.get(-2)?.text).toBe('{"a":2}');
});

test("what was seen is saved and restored; what is of another form is not taken up", () => {
  const store = new IndicatorStore();
  store.addGiven({ document: { given: true }, index: "f" });
  store.addEvent(event({ a: 1 }));
  store.addEvent(event({ a: 2 }, 7));
  const saved = JSON.parse(JSON.stringify(store.save())) as Json;
  const restored = new IndicatorStore();
  expect(restored.restore(saved)).toEqual([1, 2]);
  expect(restored.get(2)).toMatchObject({ text: '{"a":2}', id: "id", index: "logs-ti_x", seenMs: 7 });
  expect(restored.givenCount).toBe(0);
  for (const wrong of [null, {}, [1], [["{}", "id"]], [["[", "id", "x", 1]], [["[]", "id", "x", 1]]])
    expect(new IndicatorStore(indicatorLimits).restore(wrong as Json)).toBe(undefined);
});
