import { ecsCatalogue, FieldSlots, type JsonObject } from "@tallyman/ecs";
import { loadRules } from "@tallyman/rules";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Engine } from "./engine.ts";
import { MemoryFirstSeenStore } from "./first-seen/memory-store.ts";
import { restoreFirstSeen, saveFirstSeen } from "./first-seen/store-file.ts";
import { prepareRules } from "./prepare-rules.ts";

const common = { description: "x", risk_score: 1, severity: "low", index: ["logs-*"], interval: "1m" };

const rules = [
  { rule_id: "q", name: "q", type: "query", query: "user.name : eve", max_signals: 2, ...common },
  {
    rule_id: "n",
    name: "n",
    type: "new_terms",
    query: "*",
    new_terms_fields: ["process.name"],
    history_window_start: "now-1h",
    ...common,
  },
  {
    rule_id: "s",
    name: "s",
    type: "eql",
    language: "eql",
    query:
      'sequence by host.id with maxspan=2m [any where process.name == "a"] [any where process.name == "b"]',
    ...common,
  },
];

function start(firstSeen: MemoryFirstSeenStore): Engine {
  const loaded = loadRules([{ path: "rules.json", text: JSON.stringify(rules) }]);
  return new Engine(prepareRules(loaded.rules, ecsCatalogue(), new FieldSlots()), { firstSeen });
}

const event = fc.record({
  name: fc.constantFrom("a", "b", "c", "d"),
  user: fc.constantFrom("eve", "ann"),
  host: fc.constantFrom("h1", "h2"),
  stepMs: fc.integer({ min: 0, max: 30_000 }),
  isRepeated: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
});

test("a stream that is cut anywhere, and an engine restored there, give the alerts of one that is not", () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 60 }),
      fc.array(fc.nat({ max: 60 }), { maxLength: 4 }),
      (steps, cuts) => {
        let ms = Date.UTC(2026, 0, 5);
        let last: JsonObject = {};
        const documents = steps.map(({ host, isRepeated, name, stepMs, user }, i) => {
          ms += stepMs;
          if (isRepeated && i > 0) return last;
          last = {
            "@timestamp": new Date(ms).toISOString(),
            data_stream: { type: "logs", dataset: "x", namespace: "default" },
            event: { id: `e${i}`, category: ["process"] },
            host: { id: host },
            user: { name: user },
            process: { name },
          };
          return last;
        });
        const whole = start(new MemoryFirstSeenStore([1, 2, 3, 4]));
        const wanted = documents.flatMap((document) => whole.process({ document }).map(({ id }) => id));
        let store = new MemoryFirstSeenStore([1, 2, 3, 4]);
        let engine = start(store);
        const found = documents.flatMap((document, i) => {
          if (cuts.includes(i)) {
            const saved = JSON.parse(JSON.stringify(engine.save()));
            const restored = restoreFirstSeen([...saveFirstSeen(store)]);
            if ("problem" in restored) throw new Error(restored.problem);
            store = restored.store;
            engine = start(store);
            expect(engine.restore(saved)).toBe(0);
          }
          return engine.process({ document }).map(({ id }) => id);
        });
        expect(found).toEqual(wanted);
      },
    ),
    { numRuns: 200 },
  );
});

test.each([null, 3, [], {}, { rules: {} }, { arrival: 1, lastMs: 1, rules: {} }])(
  "%j is nothing that an engine saved",
  (saved) => {
    expect(start(new MemoryFirstSeenStore([1, 2, 3, 4])).restore(saved)).toBeUndefined();
  },
);
