import type { Json } from "@tallyman/ecs";
import type { Relation } from "@tallyman/languages";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ProcessTree } from "./process-tree.ts";
import { type CompiledRelation, Relations } from "./relations.ts";
import { type ListedProcessEvent, referenceRelations } from "./testing/reference-relations.ts";

// Few processes, so that they are their own ancestors, change their parents and meet in all ways.
const process = fc.constantFrom("a", "b", "c", "d", "e");
const event: fc.Arbitrary<ListedProcessEvent> = fc.record({
  process: fc.option(process, { nil: undefined, freq: 8 }),
  above: fc.oneof(fc.array(process, { maxLength: 1 }), fc.uniqueArray(process, { maxLength: 3 })),
  fulfils: fc.uniqueArray(fc.nat(2), { maxLength: 2 }),
});
const asked = fc.constantFrom<Relation>("descendant", "descendant", "child", "event");
const cases = fc.record({
  relations: fc.tuple(
    fc.record({ relation: asked, nestedIn: fc.constant(undefined) }),
    fc.record({ relation: asked, nestedIn: fc.constantFrom(undefined, 0) }),
    fc.record({ relation: asked, nestedIn: fc.constantFrom(undefined, 0, 1) }),
  ),
  events: fc.array(event, { maxLength: 20, size: "+1" }),
});

type Asked = typeof cases extends fc.Arbitrary<infer T> ? T : never;

function start({ relations }: Pick<Asked, "relations">) {
  const compiled = relations.map(
    ({ relation }, id): CompiledRelation => ({ id, relation, condition: undefined, filter: undefined }),
  );
  const tree = new ProcessTree();
  return { tree, relations: new Relations(compiled, tree) };
}

function see(
  { tree, relations: running }: ReturnType<typeof start>,
  { relations }: Pick<Asked, "relations">,
  { process: of, above, fulfils }: ListedProcessEvent,
): readonly boolean[] {
  const place = of === undefined ? undefined : { process: of, above, isCut: false };
  if (place !== undefined) tree.note(place);
  const isRelated = running.see({
    place,
    fulfils: ({ id }, holds) => {
      const nestedIn = relations[id]?.nestedIn;
      return fulfils.includes(id) && (nestedIn === undefined || holds(nestedIn));
    },
  });
  return relations.map((_, id) => isRelated(id));
}

test("a stream gives what the reference gives for all events at once, with restarts and without", () => {
  const restarts = fc.array(fc.constantFrom(false, false, true), { size: "+1" });
  fc.assert(
    fc.property(cases, restarts, ({ relations, events }, restartAt) => {
      let running = start({ relations });
      const found = events.map((each, i) => {
        if (restartAt[i] === true) {
          const saved = JSON.parse(JSON.stringify([running.tree.save(), running.relations.save()])) as Json[];
          running = start({ relations });
          expect(running.tree.restore(saved[0] ?? null)).toBe(true);
          expect(running.relations.restore(saved[1] ?? null)).toBe(true);
          expect([running.tree.save(), running.relations.save()]).toEqual(saved);
        }
        return see(running, { relations }, each);
      });
      expect(found).toEqual(referenceRelations(relations, events));
    }),
    { numRuns: 1000 },
  );
});

test("the streams are such that this says something", () => {
  const counts = { descendant: 0, child: 0, event: 0, nested: 0 };
  for (const { relations, events } of fc.sample(cases, { numRuns: 300, seed: 1 })) {
    for (const row of referenceRelations(relations, events)) {
      for (const [i, { relation, nestedIn }] of relations.entries()) {
        if (row[i] !== true) continue;
        counts[relation] += 1;
        if (nestedIn !== undefined) counts.nested += 1;
      }
    }
  }
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(50);
});
