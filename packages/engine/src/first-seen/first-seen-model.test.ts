import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryFirstSeenStore } from "./memory-store.ts";
import { restoreFirstSeen, saveFirstSeen } from "./store-file.ts";

// Random operations on a store, against Maps of the times at which terms were last seen. What has left its rule's window may be gone from the
// store; that must not change any answer about the window.

const historyMs = 300;
const rules = ["a", "b", "c"] as const;
const rule = fc.constantFrom(...rules);
const term = fc.nat(30).map((number) => `term ${number}`);
const ms = fc.integer({ min: 1000, max: 2000 });

const operation = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("observe"), rule, term, ms }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("record"), rule, term, ms }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("record many"),
      rule,
      count: fc.integer({ min: 1, max: 400 }),
      ms,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("advance"), ms }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("expire"), rule, ms }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart") }) },
);

test("a store answers like Maps, through growth, expiry and restarts", () => {
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 60 }),
      fc.constantFrom(1, 7, 100),
      (operations, shardTerms) => {
        let store = new MemoryFirstSeenStore([1, 2, 3, 4], { shardTerms });
        const model = new Map(rules.map((rule) => [rule as string, new Map<string, number>()]));
        let nowMs = 0;
        let many = 0;
        const table = (rule: string) => store.table(rule, "query", historyMs);
        const times = (rule: string) => model.get(rule) as Map<string, number>;
        const note = (rule: string, term: string, ms: number) => {
          times(rule).set(term, Math.max(times(rule).get(term) ?? 0, ms));
        };
        for (const operation of operations) {
          switch (operation.kind) {
            case "observe": {
              const { rule, term, ms } = operation;
              // An event that comes late may ask about a time before the window; there, both answers are right.
              const startMs = ms - historyMs;
              const lastMs = times(rule).get(term);
              const isKnown = lastMs !== undefined && lastMs >= startMs;
              const isSure = lastMs === undefined || lastMs >= nowMs - historyMs || lastMs < startMs;
              const seen = table(rule).seen(term, startMs);
              if (isSure) expect(seen).toBe(isKnown);
              expect(table(rule).observe(term, ms, startMs)).toBe(seen ? "known" : "new");
              note(rule, term, ms);
              break;
            }
            case "record":
              table(operation.rule).record(operation.term, operation.ms);
              note(operation.rule, operation.term, operation.ms);
              break;
            case "record many":
              for (let i = 0; i < operation.count; i++, many++) {
                table(operation.rule).record(`many ${many}`, operation.ms);
                note(operation.rule, `many ${many}`, operation.ms);
              }
              break;
            case "advance":
              store.advance(operation.ms);
              nowMs = Math.max(nowMs, operation.ms);
              break;
            case "expire": {
              table(operation.rule).expire(operation.ms);
              for (const [term, lastMs] of times(operation.rule)) {
                if (lastMs < operation.ms) times(operation.rule).delete(term);
              }
              break;
            }
            case "restart": {
              const restored = restoreFirstSeen(saveFirstSeen(store), { shardTerms });
              if ("problem" in restored) throw new Error(restored.problem);
              store = restored.store;
            }
          }
        }
        for (const rule of rules) {
          let inWindow = 0;
          for (const [term, lastMs] of times(rule)) {
            if (lastMs < nowMs - historyMs) continue;
            inWindow += 1;
            if (!table(rule).seen(term, lastMs) || table(rule).seen(term, lastMs + 1))
              expect.fail(`${rule} ${term} ${lastMs}`);
          }
          expect(table(rule).size).toBeGreaterThanOrEqual(inWindow);
          expect(table(rule).size).toBeLessThanOrEqual(times(rule).size);
          table(rule).expire(nowMs - historyMs);
          expect(table(rule).size).toBe(inWindow);
        }
      },
    ),
  );
});

const smallOperation = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant("record"), rule, term: fc.nat(200).map(String), ms }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("advance"), ms }) },
);

test("a full store loses what it must, counts it, and takes it from where it hurts least", () => {
  fc.assert(
    fc.property(
      fc.array(smallOperation, { maxLength: 300 }),
      fc.integer({ min: 1, max: 60 }),
      (operations, termsMax) => {
        const store = new MemoryFirstSeenStore([1, 2, 3, 4], { termsMax });
        const model = new Map(rules.map((rule) => [rule as string, new Map<string, number>()]));
        const lost = new Map<string, { expired: number; evicted: number }>();
        const table = (rule: string) => store.table(rule, "query", historyMs);
        for (const rule of rules) {
          table(rule);
          lost.set(rule, { expired: 0, evicted: 0 });
        }
        for (const operation of operations) {
          if (operation.kind === "advance") {
            store.advance(operation.ms);
            continue;
          }
          table(operation.rule).record(operation.term, operation.ms);
          const recorded = model.get(operation.rule) as Map<string, number>;
          recorded.set(operation.term, Math.max(recorded.get(operation.term) ?? 0, operation.ms));
          const usage = store.usage();
          expect(usage.reduce((sum, { terms }) => sum + terms, 0)).toBeLessThanOrEqual(termsMax);
          const sizes = [...model.values()].map(({ size }) => size);
          for (const { ruleId, terms, expired, evicted } of usage) {
            const times = model.get(ruleId) as Map<string, number>;
            const before = lost.get(ruleId) as { expired: number; evicted: number };
            const missing = [...times].filter(([term]) => !table(ruleId).seen(term, 0));
            const inWindow = missing.filter(([, lastMs]) => lastMs >= store.nowMs - historyMs);
            expect(missing.length).toBe(expired - before.expired + evicted - before.evicted);
            expect(inWindow.length).toBe(evicted - before.evicted);
            lost.set(ruleId, { expired, evicted });
            for (const [term] of missing) times.delete(term);
            expect(terms).toBe(times.size);
            if (evicted > before.evicted) {
              expect(times.size + missing.length).toBe(Math.max(...sizes));
              const oldestMs = Math.min(...times.values());
              for (const [, lastMs] of missing) expect(lastMs).toBeLessThanOrEqual(oldestMs);
            }
          }
        }
      },
    ),
  );
});
