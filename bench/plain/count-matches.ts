import { ecsCatalogue, FieldSlots, type JsonObject } from "@tallyman/ecs";
import { Engine, MemoryFirstSeenStore, prepareRules } from "@tallyman/engine";
import type { Rule } from "@tallyman/rules";
import { generateEvents } from "../events/generate.ts";
import { PlainEvaluation } from "./plain-evaluation.ts";

/** How many events each condition matches, by the id that `singleConditions` gives it; those without any are left out. */
export type MatchCounts = Readonly<Record<string, number>>;

/** Generated events, to count matches in. */
export interface CountedEvents {
  readonly events: number;
  readonly seed: number;
}

/** Counts by running every program of every rule that selects an event. Takes rules as `singleConditions` makes them. */
export function countPlainly(rules: readonly Rule[], events: CountedEvents): MatchCounts {
  const plain = new PlainEvaluation(rules, ecsCatalogue());
  const counts = new Map<string, number>();
  for (const document of documents(events)) {
    for (const { rule } of plain.matching(document))
      counts.set(rule.rule_id, (counts.get(rule.rule_id) ?? 0) + 1);
  }
  return inOrder(counts);
}

/** Counts what the engine finds for the same rules. */
export function countByEngine(rules: readonly Rule[], events: CountedEvents): MatchCounts {
  const engine = new Engine(prepareRules(withoutAlerts(rules), ecsCatalogue(), new FieldSlots()), {
    firstSeen: new MemoryFirstSeenStore([1, 2, 3, 4]),
  });
  for (const document of documents(events)) engine.process({ document });
  return inOrder(engine.report().rules.map(({ cut, rule }) => [rule.rule_id, cut]));
}

/** The same rules, allowed not a single alert: the engine then counts what they match and does nothing about it. */
export function withoutAlerts(rules: readonly Rule[]): readonly Rule[] {
  return rules.map((rule) => ({ ...rule, max_signals: 0 }));
}

/** What differs between counts of two kinds, a line for each condition. */
export function differences(
  [oneName, one]: readonly [string, MatchCounts],
  [otherName, other]: readonly [string, MatchCounts],
): readonly string[] {
  const ids = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...ids]
    .filter((id) => one[id] !== other[id])
    .map((id) => `${id}: ${oneName} ${one[id] ?? 0}, ${otherName} ${other[id] ?? 0}`);
}

function* documents({ events, seed }: CountedEvents): Generator<JsonObject> {
  // As they come from a file: what JSON does not carry is gone.
  for (const { document } of generateEvents(events, seed)) yield JSON.parse(JSON.stringify(document));
}

function inOrder(counts: Iterable<readonly [string, number]>): MatchCounts {
  const found = [...counts].filter(([, count]) => count > 0);
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}
