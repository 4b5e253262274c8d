import { describe, expect, test } from "vitest";
import type { FirstSeenStore } from "../first-seen/first-seen-state.ts";

/** How the suite gets at an implementation. */
export interface FirstSeenHarness {
  /** A new, empty store; `termsMax` limits how many terms it may hold. */
  open(termsMax?: number): FirstSeenStore;
  /** The store as it is after the program has ended and begun anew. */
  reopen(store: FirstSeenStore): FirstSeenStore;
}

const hour = 3_600_000;
const now = Date.UTC(2026, 0, 15);

/** What every first-seen store must do, however it keeps its terms. */
export function describeFirstSeenStore(name: string, { open, reopen }: FirstSeenHarness): void {
  describe(`${name} as a first-seen store`, () => {
    test("a term is new once", () => {
      const table = open().table("rule", "query", 24 * hour);
      expect(table.observe("bash", now, now - hour)).toBe("new");
      expect(table.observe("bash", now + 1, now - hour)).toBe("known");
      expect(table.size).toBe(1);
    });

    test.for([
      { what: "in the window", lastMs: now - hour + 1, seen: true },
      { what: "at the very start of the window", lastMs: now - hour, seen: true },
      { what: "a millisecond before the window", lastMs: now - hour - 1, seen: false },
      { what: "at the moment of the event", lastMs: now, seen: true },
      { what: "later than the event", lastMs: now + 5 * hour, seen: true },
    ])("a term last seen $what: $seen", ({ lastMs, seen }) => {
      const table = open().table("rule", "query", 24 * hour);
      table.record("bash", lastMs);
      expect(table.seen("bash", now - hour)).toBe(seen);
      expect(table.observe("bash", now, now - hour)).toBe(seen ? "known" : "new");
    });

    test("asking about a term does not make it seen", () => {
      const table = open().table("rule", "query", 24 * hour);
      expect(table.seen("bash", now - hour)).toBe(false);
      expect(table.seen("bash", now - hour)).toBe(false);
      expect(table.size).toBe(0);
    });

    test("a term that has never been seen is not seen in an endless window either", () => {
      const table = open().table("rule", "query", 24 * hour);
      expect(table.seen("bash", Number.NEGATIVE_INFINITY)).toBe(false);
      expect(table.seen("bash", -1)).toBe(false);
    });

    test("a sighting that comes late does not turn time back", () => {
      const table = open().table("rule", "query", 24 * hour);
      table.record("bash", now);
      table.record("bash", now - 3 * hour);
      expect(table.observe("bash", now - 2 * hour, now - hour)).toBe("known");
      expect(table.seen("bash", now)).toBe(true);
    });

    test("rules do not share what they have seen", () => {
      const store = open();
      store.table("one", "query", 24 * hour).record("bash", now);
      expect(store.table("other", "query", 24 * hour).seen("bash", now - hour)).toBe(false);
      expect(store.table("one", "query", 24 * hour).seen("bash", now - hour)).toBe(true);
    });

    test("a changed rule starts over, and what it had seen is reported", () => {
      const store = open();
      const before = store.table("rule", "query", 24 * hour);
      before.record("bash", now);
      before.learnedSinceMs = now - 10 * hour;
      const after = store.table("rule", "another query", 24 * hour);
      expect(after.seen("bash", now - hour)).toBe(false);
      expect(after.learnedSinceMs).toBe(undefined);
      expect(store.dropped()).toEqual([{ ruleId: "rule", terms: 1 }]);
    });

    test("a forgotten rule has seen nothing", () => {
      const store = open();
      store.table("rule", "query", 24 * hour).record("bash", now);
      store.forget("rule");
      store.forget("a rule that never was");
      expect(store.usage()).toEqual([]);
      expect(store.table("rule", "query", 24 * hour).seen("bash", now - hour)).toBe(false);
      expect(store.dropped()).toEqual([]);
    });

    test("whoever still holds a forgotten history takes no room from the others", () => {
      const store = open(100);
      const forgotten = store.table("forgotten", "query", 24 * hour);
      for (let i = 0; i < 50; i++) forgotten.record(`term ${i}`, now);
      store.forget("forgotten");
      const table = store.table("rule", "query", 24 * hour);
      for (let i = 0; i < 100; i++) {
        table.record(`term ${i}`, now);
        forgotten.record(`another term ${i}`, now);
      }
      forgotten.expire(now + 1);
      expect(store.usage()).toMatchObject([{ ruleId: "rule", terms: 100, evicted: 0 }]);
      table.record("one more", now);
      expect(table.size).toBeLessThanOrEqual(100);
    });

    test("terms that have left the window can be dropped without any answer changing", () => {
      const store = open();
      const table = store.table("rule", "query", 24 * hour);
      table.record("at the start of the window", now - 24 * hour);
      table.record("before it", now - 24 * hour - 1);
      store.advance(now);
      expect(table.expire(now - 24 * hour)).toBe(1);
      expect(table.seen("at the start of the window", now - 24 * hour)).toBe(true);
      expect(table.seen("before it", now - 24 * hour)).toBe(false);
      expect(store.usage()).toMatchObject([{ ruleId: "rule", terms: 1, expired: 1, evicted: 0 }]);
    });

    test("a longer window begins where the shorter one did", () => {
      const store = open();
      const table = store.table("rule", "query", 24 * hour);
      table.learnedSinceMs = now - 100 * hour;
      store.advance(now);
      expect(store.table("rule", "query", 12 * hour).learnedSinceMs).toBe(now - 100 * hour);
      expect(store.table("rule", "query", 48 * hour).learnedSinceMs).toBe(now - 12 * hour);
      expect(store.table("rule", "query", 72 * hour).learnedSinceMs).toBe(now - 12 * hour);
    });

    test("a full store drops what has left its window before anything else", () => {
      const store = open(10);
      const old = store.table("old", "query", 24 * hour);
      const fresh = store.table("fresh", "query", 24 * hour);
      old.record("expired", now - 25 * hour);
      for (let i = 0; i < 9; i++) fresh.record(`term ${i}`, now);
      store.advance(now);
      // Time does not go back.
      store.advance(now - 48 * hour);
      fresh.record("one more", now);
      expect(store.usage()).toMatchObject([
        { ruleId: "old", terms: 0, expired: 1, evicted: 0 },
        { ruleId: "fresh", terms: 10, expired: 0, evicted: 0 },
      ]);
    });

    test("one noisy rule does not make the others forget", () => {
      const store = open(1000);
      const quiet = store.table("quiet", "query", 24 * hour);
      const noisy = store.table("noisy", "query", 24 * hour);
      for (let i = 0; i < 100; i++) quiet.record(`term ${i}`, now);
      for (let i = 0; i < 5000; i++) noisy.record(`term ${i}`, now + i);
      for (let i = 0; i < 100; i++) expect(quiet.seen(`term ${i}`, now)).toBe(true);
      expect(noisy.seen("term 4999", now)).toBe(true);
      expect(noisy.seen("term 0", now)).toBe(false);
      const [quietUsage, noisyUsage] = store.usage();
      expect(quietUsage).toMatchObject({ terms: 100, evicted: 0 });
      expect(noisyUsage?.terms).toBeLessThanOrEqual(900);
      expect((noisyUsage?.terms ?? 0) + (noisyUsage?.evicted ?? 0)).toBe(5000);
    });

    test("everything is there again after a restart", () => {
      const store = open();
      const table = store.table("rule", "query", 24 * hour);
      table.learnedSinceMs = now - hour;
      store.table("rule üж\u{1f600}\ud800", "", 24 * hour).record("term üж\u{1f600}\ud800", now + 1);
      for (let i = 0; i < 1000; i++) table.record(`term ${i}`, now + i);
      const reopened = reopen(store);
      const again = reopened.table("rule", "query", 24 * hour);
      expect(again.learnedSinceMs).toBe(now - hour);
      expect(again.size).toBe(1000);
      for (let i = 0; i < 1000; i++) {
        expect(again.seen(`term ${i}`, now + i)).toBe(true);
        expect(again.seen(`term ${i}`, now + i + 1)).toBe(false);
      }
      expect(
        reopened.table("rule üж\u{1f600}\ud800", "", 24 * hour).seen("term üж\u{1f600}\ud800", now + 1),
      ).toBe(true);
      expect(reopened.dropped()).toEqual([]);
    });

    test("a rule that was changed during a restart starts over", () => {
      const store = open();
      store.table("rule", "query", 24 * hour).record("bash", now);
      const reopened = reopen(store);
      expect(reopened.table("rule", "another query", 24 * hour).size).toBe(0);
      expect(reopened.dropped()).toEqual([{ ruleId: "rule", terms: 1 }]);
    });

    test("time goes on after a restart where it was", () => {
      const store = open(2);
      const table = store.table("rule", "query", 24 * hour);
      table.record("in the window", now - hour);
      store.advance(now);
      const reopened = reopen(store);
      const again = reopened.table("rule", "query", 24 * hour);
      again.record("long ago", now - 25 * hour);
      again.record("one too many", now);
      expect(reopened.usage()).toMatchObject([{ terms: 2, expired: 1, evicted: 0 }]);
    });
  });
}
