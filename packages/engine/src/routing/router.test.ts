import { ecsCatalogue, FieldSlots, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import { compileIndexPatterns } from "@tallyman/rules";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readyAlias } from "./index-alias.ts";
import { Router } from "./router.ts";

const container = { container: { id: "c1" } };
const endpoint = "logs-endpoint.events.process-default";
const aliases = [
  { of: "logs-endpoint.events.process-", as: "logs-cloud_defend.process-", filter: "container.id: *" },
];

function routerOf(routes: readonly (readonly (readonly string[])[])[], given = aliases) {
  const slots = new FieldSlots();
  const router = new Router(
    routes.map((patterns, target) => ({ target, patterns })),
    compileIndexPatterns,
    given.map((alias) => readyAlias(alias, ecsCatalogue(), slots)),
  );
  return (indexName: string, document: JsonObject = {}) =>
    router.wayOf(indexName, new ParsedEvent(document, slots), 0);
}

test.for<{ patterns: readonly string[]; index?: string; event: JsonObject; want: boolean }>([
  { patterns: ["logs-cloud_defend.process*"], event: container, want: true },
  { patterns: ["logs-cloud_defend.process*"], event: {}, want: false },
  { patterns: ["logs-cloud_defend.process-default"], event: container, want: true },
  { patterns: ["logs-cloud_defend.process-prod"], event: container, want: false },
  {
    patterns: ["logs-cloud_defend.process-prod"],
    index: "logs-endpoint.events.process-prod",
    event: container,
    want: true,
  },
  { patterns: ["logs-cloud_defend.process*"], index: "logs-x-default", event: container, want: false },
  { patterns: ["logs-cloud_defend.file*"], event: container, want: false },
  { patterns: ["logs-endpoint.events.*"], event: container, want: true },
  // What takes out one name leaves the other one.
  { patterns: ["logs-*", "-logs-cloud_defend.*"], event: container, want: true },
  { patterns: ["logs-*", "-logs-endpoint.*"], event: container, want: true },
  { patterns: ["logs-*", "-logs-endpoint.*"], event: {}, want: false },
  { patterns: ["logs-*", "-logs-endpoint.*", "-logs-cloud_defend.*"], event: container, want: false },
])("$patterns selects an event $event: $want", ({ event, index = endpoint, patterns, want }) => {
  expect(routerOf([[patterns]])(index, event).destination.targets).toEqual(want ? [0] : []);
});

test("an event has the name of its index first, and those of its aliases, and comes to each target once", () => {
  const way = routerOf([[["logs-*"]], [["logs-cloud_defend.*", "logs-endpoint.*"]], [["x"], ["logs-c*"]]])(
    endpoint,
    container,
  );
  expect(way.names).toEqual([endpoint, "logs-cloud_defend.process-default"]);
  expect(way.destination.targets).toEqual([0, 1, 2]);
});

test("events that the same targets want have the same destination, whatever names they have", () => {
  const wayOf = routerOf([[["logs-endpoint.*"]]]);
  expect(wayOf(endpoint, container).destination).toBe(wayOf(endpoint, {}).destination);
});

test("a filter that is no query is a mistake of the program", () => {
  expect(() => routerOf([], [{ of: "a", as: "b", filter: "a: (" }])).toThrow("the filter of the alias b");
});

test("an event is wanted by whoever has patterns that select any of its names", () => {
  const name = fc.stringMatching(/^[ab]{1,2}-[xy]$/);
  const pattern = fc.tuple(
    fc.constantFrom("", "", "-"),
    fc.oneof(name, fc.constantFrom("*", "a*", "b*", "ab-*", "*-x", "*-y")),
  );
  const patterns = fc.array(
    pattern.map(([excludes, glob]) => excludes + glob),
    { maxLength: 4 },
  );
  const alias = fc.record({
    of: fc.constantFrom("a", "b", "aa-", "ab-", "b-"),
    as: fc.constantFrom("a", "b", "aa-", "bb-", "other-"),
    filter: fc.constantFrom("p: 1", "q: 1", "p: 1 and q: 1", "not p: 1", "p: *"),
  });
  const holds: Readonly<Record<string, (event: JsonObject) => boolean>> = {
    "p: 1": ({ p }) => p === 1,
    "q: 1": ({ q }) => q === 1,
    "p: 1 and q: 1": ({ p, q }) => p === 1 && q === 1,
    "not p: 1": ({ p }) => p !== 1,
    "p: *": ({ p }) => p !== undefined,
  };
  const event = fc.record({ p: fc.constantFrom(1, 2), q: fc.constantFrom(1, 2) }, { requiredKeys: [] });
  const routes = fc.array(fc.array(patterns, { minLength: 1, maxLength: 2 }), { maxLength: 5 });
  const events = fc.array(fc.tuple(name, event), { maxLength: 12 });
  fc.assert(
    fc.property(routes, fc.array(alias, { maxLength: 4 }), events, (lists, given, seen) => {
      const wayOf = routerOf(lists, given);
      for (const [indexName, document] of seen) {
        const others = given
          .filter(({ filter, of }) => indexName.startsWith(of) && holds[filter]?.(document))
          .map(({ as, of }) => as + indexName.slice(of.length));
        const names = [indexName, ...others];
        const wanting = lists.flatMap((ofRoute, target) =>
          ofRoute.some((list) => names.some((each) => compileIndexPatterns(list)(each))) ? [target] : [],
        );
        const way = wayOf(indexName, document);
        expect(way.names).toEqual(names);
        expect(way.destination.targets).toEqual(wanting);
      }
    }),
    { numRuns: 300 },
  );
});
