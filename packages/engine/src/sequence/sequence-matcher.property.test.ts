import type { Json } from "@tallyman/ecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { JoinKey } from "./join-key.ts";
import { compareOrdinals } from "./ordinal.ts";
import { type Sequence, SequenceMatcher, type StageMatch } from "./sequence-matcher.ts";
import type { SequencePlan } from "./sequence-plan.ts";
import { type ListedEvent, referenceSequences } from "./testing/reference-matcher.ts";

// Few keys, few instants and short spans, so that most streams find, replace, refuse and expire something.
const keys = fc.constantFrom<JoinKey>(["a"], ["a"], ["a"], ["b"], [null]);

const plans: fc.Arbitrary<SequencePlan> = fc
  .record({
    before: fc.array(fc.record({ isMissing: fc.boolean(), runs: fc.integer({ min: 1, max: 3 }) }), {
      maxLength: 2,
    }),
    positiveRuns: fc.integer({ min: 1, max: 3 }),
    after: fc.array(fc.record({ isMissing: fc.boolean(), runs: fc.constantFrom(1, 1, 2) }), { maxLength: 3 }),
    maxSpanMs: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  })
  .map(({ before, positiveRuns, after, maxSpanMs }) => {
    const stages = [...before, { isMissing: false, runs: positiveRuns }, ...after];
    return { stages, maxSpanMs: stages.some(({ isMissing }) => isMissing) ? (maxSpanMs ?? 5) : maxSpanMs };
  });

/** A plan and a stream for it, in order. */
const cases = plans.chain((plan) => {
  const stages = [...plan.stages.keys()];
  const match = fc.record({
    stage: fc.constantFrom<number | "until">(...stages, ...stages, ...stages, ...stages, "until"),
    keys: fc.oneof(
      keys.map((key) => [key]),
      fc.array(keys, { minLength: 1, maxLength: 3 }),
    ),
  });
  const event = fc.record({
    stepMs: fc.constantFrom(0, 0, 0, 1, 1, 3),
    nanos: fc.constantFrom(0, 0, 500),
    tiebreaker: fc.constantFrom(undefined, undefined, 1, 2),
    matches: fc.uniqueArray(match, { minLength: 1, maxLength: 3, selector: ({ stage }) => stage }),
  });
  return fc.record({
    plan: fc.constant(plan),
    events: fc.array(event, { maxLength: 30, size: "+1" }).map(timed),
  });
});

interface Step {
  readonly stepMs: number;
  readonly nanos: number;
  readonly tiebreaker: number | undefined;
  readonly matches: readonly StageMatch[];
}

function timed(steps: readonly Step[]): readonly ListedEvent[] {
  let ms = 1000;
  return steps
    .map(({ stepMs, ...rest }, arrival) => {
      ms += stepMs;
      return { ...rest, ms, arrival };
    })
    .sort(compareOrdinals);
}

test("a stream gives what the reference gives for all events at once", () => {
  fc.assert(
    fc.property(cases, ({ plan, events }) => {
      expect(shown(stream(plan, events)).toSorted()).toEqual(shown(reference(plan, events)).toSorted());
    }),
    { numRuns: 500 },
  );
});

test("the streams are such that this says something", () => {
  const counts = { found: 0, missing: 0, runs: 0 };
  for (const { plan, events } of fc.sample(cases, { numRuns: 300, seed: 1 })) {
    if (reference(plan, events).length === 0) continue;
    counts.found += 1;
    if (plan.stages.some(({ isMissing }) => isMissing)) counts.missing += 1;
    if (plan.stages.some(({ isMissing, runs }) => !isMissing && runs > 1)) counts.runs += 1;
  }
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(50);
});

test("runs=N is the stage N times", () => {
  fc.assert(
    fc.property(cases, ({ plan, events }) => {
      const copies = plan.stages.map(({ isMissing, runs }) =>
        Array.from({ length: runs }, () => ({ isMissing, runs: 1 })),
      );
      const starts = copies.map((_, stage) => copies.slice(0, stage).flat().length);
      const spreadOut = ({ keys, stage }: StageMatch): StageMatch[] =>
        stage === "until"
          ? [{ keys, stage }]
          : Array.from(copies[stage] ?? [], (_, i) => ({ keys, stage: (starts[stage] ?? 0) + i }));
      const spread = events.map((event) => ({ ...event, matches: event.matches.flatMap(spreadOut) }));
      const written = { stages: copies.flat(), maxSpanMs: plan.maxSpanMs };
      expect(shown(stream(plan, events))).toEqual(shown(stream(written, spread)));
    }),
  );
});

test("neither a watermark nor a restart between events changes what is found", () => {
  const between = fc.array(fc.constantFrom("nothing", "nothing", "watermark", "restart"), { size: "+1" });
  fc.assert(
    fc.property(cases, between, ({ plan, events }, breaks) => {
      let matcher = new SequenceMatcher<ListedEvent>(plan);
      const found = events.flatMap((event, i) => {
        const before = breaks[i] === "watermark" ? matcher.advanceTo(event.ms) : [];
        if (breaks[i] === "restart") matcher = restarted(matcher, plan, events);
        return [...before, ...matcher.onEvent(event, event, event.matches)];
      });
      expect(shown([...found, ...matcher.finish()])).toEqual(shown(stream(plan, events)));
    }),
  );
});

test("a trailing missing event is waited for until its span is over, and not longer", () => {
  fc.assert(
    fc.property(cases, ({ plan, events }) => {
      const stages = plan.stages.map(({ isMissing }) => isMissing);
      fc.pre(plan.maxSpanMs !== undefined && stages.at(-1) === true && stages[0] === false);
      const spanMs = plan.maxSpanMs ?? 0;
      const matcher = new SequenceMatcher<ListedEvent>(plan);
      const endOf = (sequence: Sequence<ListedEvent>): number => (sequence.events[0]?.ms ?? 0) + spanMs;
      for (const event of events) {
        for (const sequence of matcher.onEvent(event, event, event.matches)) {
          // Where the last event ends the span there is nothing to wait for.
          expect(endOf(sequence) < event.ms || endOf(sequence) === sequence.last.ms).toBe(true);
        }
      }
      const lastMs = events.at(-1)?.ms ?? 0;
      for (const sequence of matcher.finish()) expect(endOf(sequence)).toBeGreaterThanOrEqual(lastMs);
    }),
  );
});

test("whatever the order of the events, no more sequences are open than allowed, and none stays for ever", () => {
  fc.assert(
    fc.property(cases, fc.integer({ min: 1, max: 3 }), fc.boolean(), ({ plan, events }, openMax, isLate) => {
      const matcher = new SequenceMatcher<ListedEvent>(plan, { openMax, lookBackMs: 10 });
      for (const event of isLate ? events.toReversed() : events) {
        matcher.onEvent(event, event, event.matches);
        expect(matcher.openCount).toBeLessThanOrEqual(openMax);
      }
      matcher.advanceTo(1e6);
      expect(matcher.openCount).toBe(0);
      expect(matcher.finish()).toEqual([]);
    }),
  );
});

function reference(plan: SequencePlan, events: readonly ListedEvent[]): readonly Sequence<ListedEvent>[] {
  return referenceSequences(plan, events, plan.maxSpanMs ?? Number.POSITIVE_INFINITY);
}

function stream(plan: SequencePlan, events: readonly ListedEvent[]): readonly Sequence<ListedEvent>[] {
  const matcher = new SequenceMatcher<ListedEvent>(plan);
  const found = events.flatMap((event) => matcher.onEvent(event, event, event.matches));
  return [...found, ...matcher.finish()];
}

function restarted(
  matcher: SequenceMatcher<ListedEvent>,
  plan: SequencePlan,
  events: readonly ListedEvent[],
): SequenceMatcher<ListedEvent> {
  const saved: Json = JSON.parse(JSON.stringify(matcher.save(({ arrival }) => arrival)));
  const next = new SequenceMatcher<ListedEvent>(plan);
  expect(
    next.restore(saved, (arrival) => events.find((event) => event.arrival === arrival) as ListedEvent),
  ).toBe(true);
  expect(next.openCount).toBe(matcher.openCount);
  expect(next.save(({ arrival }) => arrival)).toEqual(saved);
  return next;
}

/** Sequences by their keys and the arrival numbers of their events. */
function shown(sequences: readonly Sequence<ListedEvent>[]): readonly string[] {
  return sequences.map(({ joinKey, events, last }) => {
    expect(last.arrival).toBe(events.findLast((event) => event !== undefined)?.arrival);
    return `${joinKey}: ${events.map((event) => event?.arrival ?? "-").join(" ")}`;
  });
}
