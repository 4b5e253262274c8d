import { ecsCatalogue, type JsonObject } from "@tallyman/ecs";
import { expect, test } from "vitest";
import { SourceFields } from "./source-fields.ts";

test.for<{ about: string; event: JsonObject; want: JsonObject }>([
  {
    about: "an earlier alert's own fields go",
    event: { kibana: { alert: {} }, "kibana.alert.uuid": "x", signal: 1, threshold_result: {}, a: 1 },
    want: { a: 1 },
  },
  {
    about: "values that their field's type cannot hold go, one by one",
    event: {
      process: { pid: "4", ppid: 1, interactive: "maybe", start: "never", args: ["a", 1], parent: "bash" },
      source: { ip: ["10.0.0.1", "nowhere"], port: "many" },
      destination: { ip: "nowhere" },
    },
    want: { process: { pid: "4", ppid: 1, args: ["a", 1] }, source: { ip: ["10.0.0.1"] } },
  },
  { about: "objects where text should stand go", event: { user: { name: { first: "a" } } }, want: {} },
  {
    about: "what no catalogue knows stays, empty or not",
    event: { own: { thing: [{ x: null }, []], empty: {} } },
    want: { own: { thing: [{ x: null }, []], empty: {} } },
  },
  {
    about: "flattened fields keep their objects",
    event: { rule: { name: "r" }, x: { y: { z: [1] } } },
    want: { rule: { name: "r" }, x: { y: { z: [1] } } },
  },
])("$about", ({ event, want }) => {
  expect(new SourceFields(ecsCatalogue()).of(event)).toEqual(want);
});

test("a field called __proto__ is a field", () => {
  const event = JSON.parse('{"__proto__":{"a":1},"b":{"__proto__":2}}') as JsonObject;
  expect(JSON.stringify(new SourceFields(ecsCatalogue()).of(event))).toBe(
    '{"__proto__":{"a":1},"b":{"__proto__":2}}',
  );
});

test("names that were met before mean the same", () => {
  const fields = new SourceFields(ecsCatalogue());
  const event = { process: { pid: "x", name: "sh", own: [{ pid: "x" }] }, source: { ip: "::1" } };
  const want = { process: { name: "sh", own: [{ pid: "x" }] }, source: { ip: "::1" } };
  expect(fields.of(event)).toEqual(want);
  expect(fields.of(event)).toEqual(want);
  expect(event.process.pid).toBe("x");
});

test("a name without a letter at the top is a name", () => {
  const event = { "": { process: { pid: "x" } } };
  expect(new SourceFields(ecsCatalogue()).of(event)).toEqual(event);
});
