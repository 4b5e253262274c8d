import type { Json } from "@tallyman/ecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { JoinKey } from "./join-key.ts";
import type { Ordinal } from "./ordinal.ts";
import {
  type Sequence,
  SequenceMatcher,
  type SequenceMatcherOptions,
  type StageMatch,
} from "./sequence-matcher.ts";
import type { SequencePlan } from "./sequence-plan.ts";

// A sequence is written "A B*3 !M C in 10 until U": stages with runs, missing ones, a maxspan in milliseconds. An event is written as the
// stages that it matches, its time and its keys: "A1", "AB2", "A3/x,y". "|9" is the watermark 9. A result names its events, "-" for a
// missing one; "end:" before it says that only the end of the input gave it.

test.for([
  // The newer of two replaces the older.
  ["A B", "A1 A2 B3", ["A2 B3"]],
  // What is taken is gone.
  ["A B", "A1 B2 B3", ["A1 B2"]],
  ["A B", "A1 B2 A3 B4", ["A1 B2", "A3 B4"]],
  ["A B C", "A1 B2 B3 C4", ["A1 B2 C4"]],
  ["A B C", "A1 B2 A3 C4 C5", ["A1 B2 C4"]],
  // The older ones of a stage go with the one that is taken.
  ["A B C", "A1 B2 A3 B4 C5 C6", ["A3 B4 C5"]],
  // One event after the other, in any stage.
  ["A B C", "C1 B2 C3 A4 B5 A6 C7", ["A4 B5 C7"]],
  ["A B C D", "A1 B2 C3 D4 A5 B6 C7 D8", ["A1 B2 C3 D4", "A5 B6 C7 D8"]],
  ["A B", "B1 A2", []],
  ["A", "A1 A2", ["A1", "A2"]],
] as const)("%s in %s", ([sequence, events, want]) => {
  expect(find(sequence, events)).toEqual(want);
});

test.for([
  // An event serves every stage that it matches, but never follows itself.
  ["A B", "AB1", []],
  ["A B", "AB1 AB2 AB3", ["AB1 AB2", "AB2 AB3"]],
  ["A B C", "ABC1 BC2 BC3 BC4", ["ABC1 BC2 BC3"]],
  ["A B C", "ABC1 ABC2 ABC3 ABC4", ["ABC1 ABC2 ABC3", "ABC2 ABC3 ABC4"]],
  // Of one instant the order of arrival counts.
  ["A B", "A1 B1", ["A1 B1"]],
  ["A B", "B1 A1", []],
] as const)("events in several stages: %s in %s", ([sequence, events, want]) => {
  expect(find(sequence, events)).toEqual(want);
});

test.for([
  ["A B in 5", "A1 B6", ["A1 B6"]],
  ["A B in 5", "A1 B7", []],
  // Measured from the first event, not from the last one.
  ["A B C in 5", "A1 B5 C6", ["A1 B5 C6"]],
  ["A B C in 5", "A1 B5 C7", []],
  ["A B C in 5", "A1 B2 A3 B4 C8", ["A3 B4 C8"]],
] as const)("maxspan: %s in %s", ([sequence, events, want]) => {
  expect(find(sequence, events)).toEqual(want);
});

test.for([
  ["A B until U", "A1 B2", ["A1 B2"]],
  ["A B until U", "A1 B2 U3", ["A1 B2"]],
  ["A B until U", "A1 U2 B3", []],
  ["A B until U", "A1 U2 A3 B4", ["A3 B4"]],
  ["A B C until U", "A1 B2 U3 C4", []],
  // The sequence of every stage ends, and those of other keys do not.
  ["A B C until U", "A1 B2 A3 U4 C5 B6", []],
  ["A B until U", "A1/x A2/y U3/x B4/x B5/y", ["A2/y B5/y"]],
  // At the last event of a sequence it ends it; at the event that continues it, it is too late.
  ["A B until U", "AU1 B2", []],
  ["A B until U", "A1 BU2", ["A1 BU2"]],
  ["A B C until U", "A1 BU2 C3", []],
  ["A*3 until U", "A1 A2 U3 A4 A5 A6", ["A4 A5 A6"]],
] as const)("until: %s in %s", ([sequence, events, want]) => {
  expect(find(sequence, events)).toEqual(want);
});

test.for([
  ["A B", "A1/x B2/y B3/x", ["A1/x B3/x"]],
  ["A B", "A1/x A2/y B3/x B4/y", ["A1/x B3/x", "A2/y B4/y"]],
  // Each value of an array is a key of its own.
  ["A B", "A1/x,y B2/y,x", ["A1/x,y B2/y,x", "A1/x,y B2/y,x"]],
  ["A B", "A1/x,y B2/y B3/x B4/y", ["A1/x,y B2/y", "A1/x,y B3/x"]],
  ["A", "A1/x,x", ["A1/x,x"]],
] as const)("keys: %s in %s", ([sequence, events, want]) => {
  expect(find(sequence, events)).toEqual(want);
});

test("the key of a sequence is that of its last event, and no key is a key too", () => {
  const matcher = new SequenceMatcher<string>(planOf("A B").plan);
  const keys: JoinKey[] = [[], [null], ["1"], [1], ["a", true], ["a", "true"]];
  matcher.onEvent("first", at(1), [{ stage: 0, keys }]);
  const found = keys.flatMap((key, i) => matcher.onEvent("second", at(2 + i), [{ stage: 1, keys: [key] }]));
  expect(found.map(({ joinKey }) => joinKey)).toEqual(keys);
  expect(matcher.onEvent("third", at(9), [{ stage: 1, keys }])).toEqual([]);
});

test.for([
  ["A*3", "A1 A2 A3 A4 A5", ["A1 A2 A3", "A2 A3 A4", "A3 A4 A5"]],
  ["A*3 in 5", "A1 A5 A7 A9 A20", ["A5 A7 A9"]],
  ["A*2 B", "A1 A2 A3 B4 B5 A6 B7", ["A2 A3 B4", "A3 A6 B7"]],
  ["A B*3 C", "B1 A2 B3 A4 B5 B6 C7 B8 C9", ["A2 B3 B5 B6 C7", "A4 B5 B6 B8 C9"]],
  // Between the events of a run, events of other stages may stand.
  ["A B*2", "A1 B2 A3 B4", ["A1 B2 B4"]],
] as const)("runs: %s in %s", ([sequence, events, want]) => {
  expect(find(sequence, events)).toEqual(want);
});

test.for([
  ["A !M B in 9", "A1 B3", ["A1 - B3"]],
  ["A !M B in 9", "A1 M2 B3", []],
  ["A !M B in 9", "M1 A2 B3 M4", ["A2 - B3"]],
  ["A !M B in 9", "A1/x M2/y B3/x", ["A1/x - B3/x"]],
  // At the very instant of a neighbour an event does not stand between the two.
  ["A !M B in 9", "A1 M1 M3 B3", ["A1 - B3"]],
  ["A !M B in 9", "A1 M2 A3 B4", ["A3 - B4"]],
  // A spoiled sequence takes the place of the one before all the same.
  ["A !M B C in 9", "A1 B2 A3 M4 B5 C6", []],
  ["A !M !N*2 B in 9", "A1 B3", ["A1 - - - B3"]],
  ["A !M !N B in 9", "A1 N2 B3", []],
  ["A*2 !M B in 9", "A1 M2 A3 B4 A5 M6 B7", ["A1 A3 - B4"]],
] as const)("missing in the middle: %s in %s", ([sequence, events, want]) => {
  expect(find(sequence, events)).toEqual(want);
});

test.for([
  ["!M A B in 5", "A3 B4", ["- A3 B4"]],
  ["!M A B in 5", "M1 A3 B4", []],
  // Within maxspan before the last event, inclusive, and before the first.
  ["!M A B in 5", "M1 A3 B6", []],
  ["!M A B in 5", "M1 A3 B7", ["- A3 B7"]],
  ["!M A B in 5", "A3 M3 B4", ["- A3 B4"]],
  ["!M A B in 5", "M3 A3 M4 B4 M4", ["- A3 B4"]],
  ["!M A B in 5", "M2 M3 A3 B4", []],
  ["!M A in 5", "A1 M2 A3 A8", ["- A1", "- A8"]],
  ["!M A in 5", "M1/x A2/y", ["- A2/y"]],
] as const)("missing at the start: %s in %s", ([sequence, events, want]) => {
  expect(find(sequence, events)).toEqual(want);
});

test.for([
  // Not before the span is over, whoever says so.
  ["A B !T in 5", "A1 B2", ["end: A1 B2 -"]],
  ["A B !T in 5", "A1 B2 |6", ["end: A1 B2 -"]],
  ["A B !T in 5", "A1 B2 |7", ["A1 B2 -"]],
  ["A B !T in 5", "A1 B2 A6", ["end: A1 B2 -"]],
  ["A B !T in 5", "A1 B2 A7", ["A1 B2 -"]],
  // Up to maxspan after the first event, inclusive, and after the last.
  ["A B !T in 5", "A1 B2 T6 |9", []],
  ["A B !T in 5", "A1 B2 T7 |9", ["A1 B2 -"]],
  ["A B !T in 5", "A1 B3 T3 |9", ["A1 B3 -"]],
  ["A B !T in 5", "A1 B3 T3 T4 |9", []],
  ["A B !T in 5", "A1 B6", ["A1 B6 -"]],
  ["A B !T in 5", "A1/x B2/x A3/y B4/y T5/x", ["end: A3/y B4/y -"]],
  ["A !T in 5", "A1 A2 T3 A3 A4 |10", ["A3 -", "A4 -"]],
  ["A !T !U in 5", "A1 U2", []],
  // The end of the input gives what is left in the order of results, by the last events.
  ["A B !T in 9", "A1/x A2/y B3/y B4/x", ["end: A2/y B3/y -", "end: A1/x B4/x -"]],
  ["A B !T in 9", "A1/x A2/y B3/y B4/x |99", ["A1/x B4/x -", "A2/y B3/y -"]],
] as const)("missing at the end: %s in %s", ([sequence, events, want]) => {
  expect(find(sequence, events)).toEqual(want);
});

test.for([
  // Some span of that length must hold the sequence and none of them.
  ["!M A !T in 5", "A9 T10", ["- A9 -"]],
  ["!M A !T in 5", "M7 A9 T12", []],
  ["!M A !T in 5", "M7 A9 T13", ["- A9 -"]],
  ["!M A !T in 5", "M7 A9", ["end: - A9 -"]],
  ["!M A !T in 5", "M4 A9 T10", ["- A9 -"]],
] as const)("missing at both ends: %s in %s", ([sequence, events, want]) => {
  expect(find(sequence, events)).toEqual(want);
});

test("without maxspan the look-back is the bound", () => {
  expect(find("A B", "A1 B6 A7 B13", { lookBackMs: 5 })).toEqual(["A1 B6"]);
  expect(find("A B in 9", "A1 B8", { lookBackMs: 5 })).toEqual(["A1 B8"]);
});

test("below the millisecond nanoseconds decide, then the tiebreaker, and events without one come last", () => {
  const ordinals: Ordinal[] = [
    { ms: 1, nanos: 0, tiebreaker: 2, arrival: 0 },
    { ms: 1, nanos: 0, tiebreaker: 1, arrival: 1 },
    { ms: 1, nanos: 0, arrival: 2 },
    { ms: 1, nanos: 1, tiebreaker: 0, arrival: 3 },
  ];
  const foundWith = (a: number, b: number): number => {
    const matcher = new SequenceMatcher<string>(planOf("A B").plan);
    matcher.onEvent("A", ordinals[a] as Ordinal, [{ stage: 0, keys: [[]] }]);
    return matcher.onEvent("B", ordinals[b] as Ordinal, [{ stage: 1, keys: [[]] }]).length;
  };
  expect([foundWith(1, 0), foundWith(0, 2), foundWith(2, 3)]).toEqual([1, 1, 1]);
  expect([foundWith(0, 1), foundWith(2, 0), foundWith(3, 2)]).toEqual([0, 0, 0]);
});

test.for([
  // A late event continues what ended before it, and nothing else.
  ["A B", "A1 A4 B2 B5", ["A4 B5"]],
  ["A B C", "A1 B5 A2 C3 C6", ["A1 B5 C6"]],
  ["A B", "A4 A2 B5 B6", ["A4 B5"]],
  ["A B until U", "A4 U2 B5", ["A4 B5"]],
  ["A B until U", "A1 |9 U2 B10", []],
  ["A*2", "A5 A3 A6", ["A5 A6"]],
  ["A !M B in 9", "A1 M4 M2 B3", []],
  ["!M A in 5", "M9 M2 |9 A5", []],
  // Begun late, it stands behind younger ones, but its time is over all the same.
  ["A B in 5", "A9/x A2/y B10/y", []],
  ["A*2 in 5", "A9/x A2/y A10/y", []],
] as const)("late events: %s in %s", ([sequence, events, want]) => {
  expect(find(sequence, events)).toEqual(want);
});

test("the oldest sequences are given up for the limit, and counted", () => {
  const { matches, plan } = planOf("!M A B in 99999");
  const matcher = new SequenceMatcher<number>(plan, { openMax: 1000 });
  for (let i = 0; i < 5000; i++) {
    matcher.onEvent(i, at(i), matches(`A${i}/${i}`));
    expect(matcher.openCount).toBeLessThanOrEqual(1000);
  }
  expect([matcher.openCount, matcher.droppedCount]).toEqual([1000, 4000]);
  expect(matcher.onEvent(0, at(5000), matches("B0/3999"))).toEqual([]);
  expect(matcher.onEvent(0, at(5001), matches("B0/4000"))).toHaveLength(1);
  for (let i = 0; i < 3000; i++) matcher.onEvent(i, at(6000 + i), matches(`M${i}/${i}`));
  expect(matcher.droppedCount).toBe(6000);
});

test("sequences that cannot be completed in time are forgotten", () => {
  const { matches, plan } = planOf("A B*2 C in 5");
  const matcher = new SequenceMatcher<string>(plan);
  for (const [i, text] of ["A1/x", "A2/y", "B3/x", "A4/z"].entries())
    matcher.onEvent(text, at(i + 1), matches(text));
  const counts = [6, 7, 8, 9, 10].map((ms) => {
    matcher.advanceTo(ms);
    return matcher.openCount;
  });
  expect(counts).toEqual([3, 2, 1, 1, 0]);
});

test("state goes on after a restart, with every event saved once", () => {
  const { matches, plan } = planOf("A B*3 C until U");
  const first = new SequenceMatcher<string>(plan);
  const texts = ["A1", "B2", "A3", "B4"];
  for (const [i, text] of texts.entries()) first.onEvent(text, at(i + 1), matches(text));
  const saved: Json = JSON.parse(JSON.stringify(first.save((text) => text)));
  expect(JSON.stringify(saved).split("B4")).toHaveLength(2);
  const next = new SequenceMatcher<string>(plan);
  expect(next.restore(saved, String)).toBe(true);
  next.onEvent("B5", at(5), matches("B5"));
  expect(next.onEvent("C6", at(6), matches("C6")).map(({ events }) => events.join(" "))).toEqual([
    "A1 B2 B4 B5 C6",
  ]);
});

test("state of another plan, or that is none, is refused", () => {
  const first = new SequenceMatcher<number>(planOf("A B in 5").plan);
  first.onEvent(1, at(1), [{ stage: 0, keys: [["x"]] }]);
  const saved = JSON.parse(JSON.stringify(first.save((event) => event)));
  const taken = (sequence: string, state: Json): boolean => {
    const matcher = new SequenceMatcher<number>(planOf(sequence).plan);
    const isTaken = matcher.restore(state, Number);
    expect(matcher.openCount).toBe(isTaken ? 1 : 0);
    return isTaken;
  };
  expect(taken("A B in 5", saved)).toBe(true);
  for (const other of ["A B in 6", "A B", "A B C in 5", "A*2 B in 5", "A B !M in 5"])
    expect(taken(other, saved)).toBe(false);
  for (const state of [null, 1, "", [], {}, { ...saved, version: 2 }])
    expect(taken("A B in 5", state)).toBe(false);
  // Wherever the state is damaged, it is refused or harmless, and never throws.
  const paths = pathsOf(saved);
  fc.assert(
    fc.property(
      fc.constantFrom(...paths),
      fc.constantFrom<Json>(null, -1, 7, "x", [], {}, true),
      (path, value) => {
        const matcher = new SequenceMatcher<number>(planOf("A B in 5").plan);
        if (matcher.restore(replaced(saved, path, value), Number))
          matcher.onEvent(2, at(2), [{ stage: 1, keys: [["x"]] }]);
      },
    ),
  );
});

test.for([
  [{ stages: [], maxSpanMs: 1 }, "a stage that is not missing"],
  [{ stages: [{ isMissing: true, runs: 1 }], maxSpanMs: 1 }, "a stage that is not missing"],
  [{ stages: [{ isMissing: false, runs: 0 }], maxSpanMs: 1 }, "runs"],
  [{ stages: [{ isMissing: false, runs: 1 }], maxSpanMs: 0 }, "maxspan"],
  [
    {
      stages: [
        { isMissing: false, runs: 1 },
        { isMissing: true, runs: 1 },
      ],
      maxSpanMs: undefined,
    },
    "need a maxspan",
  ],
] as const)("the plan %j is refused", ([plan, message]) => {
  expect(() => new SequenceMatcher(plan)).toThrow(message);
});

/** What is found, which is the same when the matcher is restarted before every event. */
function find(sequence: string, events: string, options?: SequenceMatcherOptions): readonly string[] {
  const { matches, plan } = planOf(sequence);
  const findBy = (restarts: boolean): readonly string[] => {
    let matcher = new SequenceMatcher<string>(plan, options);
    const found = events.split(" ").flatMap((text, arrival) => {
      if (restarts) matcher = restarted(matcher, plan, options);
      const ms = Number(/\d+/.exec(text)?.[0]);
      if (text.startsWith("|")) return matcher.advanceTo(ms);
      return matcher.onEvent(text, { ms, nanos: 0, arrival }, matches(text));
    });
    if (restarts) matcher = restarted(matcher, plan, options);
    return [...found.map(shown), ...matcher.finish().map((result) => `end: ${shown(result)}`)];
  };
  const found = findBy(false);
  expect(findBy(true)).toEqual(found);
  return found;
}

function restarted(
  matcher: SequenceMatcher<string>,
  plan: SequencePlan,
  options: SequenceMatcherOptions | undefined,
): SequenceMatcher<string> {
  const next = new SequenceMatcher<string>(plan, options);
  expect(next.restore(JSON.parse(JSON.stringify(matcher.save((text) => text))), String)).toBe(true);
  return next;
}

function shown({ events }: Sequence<string>): string {
  return events.map((event) => event ?? "-").join(" ");
}

function planOf(sequence: string): { plan: SequencePlan; matches: (event: string) => readonly StageMatch[] } {
  const [, stageText, , span, , until] = /^(.*?)( in (\d+))?( until (\w))?$/.exec(sequence) ?? [];
  const stages = (stageText ?? "").split(" ").map((text) => ({
    name: text.replace("!", "").charAt(0),
    isMissing: text.startsWith("!"),
    runs: Number(text.split("*")[1] ?? 1),
  }));
  return {
    plan: {
      stages: stages.map(({ isMissing, runs }) => ({ isMissing, runs })),
      maxSpanMs: span === undefined ? undefined : Number(span),
    },
    matches(event) {
      const [names, keyText] = event.split("/");
      const keys = (keyText ?? "").split(",").map((key) => [key]);
      const matched: StageMatch[] = stages.flatMap(({ name }, stage) =>
        names?.includes(name) ? [{ stage, keys }] : [],
      );
      return until !== undefined && names?.includes(until) ? [...matched, { stage: "until", keys }] : matched;
    },
  };
}

function at(ms: number): Ordinal {
  return { ms, nanos: 0, arrival: ms };
}

function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, part]) => pathsOf(part, [...path, key]))];
}

function replaced(value: unknown, path: readonly string[], by: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  const copy = Array.isArray(value) ? value.slice() : { ...(value as object) };
  (copy as Record<string, Json>)[key] = replaced((value as Record<string, unknown>)[key], rest, by);
  return copy as Json;
}
