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

/** What a linked stage asks: that the event has the same value as that of a place in the sequence, or another. */
interface Link {
  readonly place: number;
  readonly isSame: boolean;
}
interface LinkedPlan extends SequencePlan {
  readonly links: readonly (Link | undefined)[];
  readonly untilLink: Link | undefined;
}

const link = fc.option(fc.record({ place: fc.constantFrom(0, 0, 1), isSame: fc.boolean() }), {
  nil: undefined,
  freq: 3,
});

const plans: fc.Arbitrary<LinkedPlan> = fc
  .record({
    before: fc.array(fc.record({ isMissing: fc.boolean(), runs: fc.integer({ min: 1, max: 3 }) }), {
      maxLength: 2,
    }),
    positiveRuns: fc.integer({ min: 1, max: 3 }),
    after: fc.array(fc.record({ isMissing: fc.boolean(), runs: fc.constantFrom(1, 1, 2) }), { maxLength: 3 }),
    maxSpanMs: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
    isLinked: fc.boolean(),
    links: fc.array(link, { minLength: 6, maxLength: 6 }),
    untilLink: link,
  })
  .map(({ before, positiveRuns, after, maxSpanMs, isLinked, links, untilLink }) => {
    const all = [...before, { isMissing: false, runs: positiveRuns }, ...after];
    const first = all.findIndex(({ isMissing }) => !isMissing);
    // A stage refers to what is before it, and has no runs then.
    const stages = all.map((stage, i) =>
      isLinked && i > first && links[i] !== undefined ? { ...stage, runs: 1, isLinked: true } : stage,
    );
    return {
      stages,
      maxSpanMs: stages.some(({ isMissing }) => isMissing) ? (maxSpanMs ?? 5) : maxSpanMs,
      links: stages.map((stage, i) => ("isLinked" in stage ? links[i] : undefined)),
      untilLink: isLinked ? untilLink : undefined,
    };
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
    value: fc.constantFrom(0, 0, 1),
    matches: fc.uniqueArray(match, { minLength: 1, maxLength: 3, selector: ({ stage }) => stage }),
  });
  return fc.record({
    plan: fc.constant(plan),
    events: fc.array(event, { maxLength: 30, size: "+1" }).map((steps) => timed(plan, steps)),
  });
});

interface Step {
  readonly stepMs: number;
  readonly nanos: number;
  readonly tiebreaker: number | undefined;
  readonly value: number;
  readonly matches: readonly Pick<StageMatch, "stage" | "keys">[];
}

interface ValuedEvent extends ListedEvent {
  readonly value: number;
}

function timed(plan: LinkedPlan, steps: readonly Step[]): readonly ListedEvent[] {
  let ms = 1000;
  return steps
    .map(({ stepMs, matches, ...rest }, arrival): ValuedEvent => {
      ms += stepMs;
      const linked = matches.map((match) => ({
        ...match,
        accepts: accepting(match.stage === "until" ? plan.untilLink : plan.links[match.stage], rest.value),
      }));
      return { ...rest, ms, arrival, matches: linked };
    })
    .sort(compareOrdinals);
}

/** What is not there yet has no value, and so none that is the same. */
function accepting(asked: Link | undefined, value: number): StageMatch<ListedEvent>["accepts"] {
  if (asked === undefined) return undefined;
  const { isSame, place } = asked;
  return (events) => {
    const other = events[place] as ValuedEvent | undefined;
    return other !== undefined && (other.value === value) === isSame;
  };
}

test("a stream gives what the reference gives for all events at once", () => {
  fc.assert(
    fc.property(cases, ({ plan, events }) => {
      expect(shown(stream(plan, events)).toSorted()).toEqual(shown(reference(plan, events)).toSorted());
    }),
    { numRuns: 1000 },
  );
});

test("the streams are such that this says something", () => {
  const counts = { found: 0, missing: 0, runs: 0, linked: 0, linkedMissing: 0 };
  for (const { plan, events } of fc.sample(cases, { numRuns: 1000, seed: 1 })) {
    if (reference(plan, events).length === 0) continue;
    counts.found += 1;
    if (plan.stages.some(({ isMissing }) => isMissing)) counts.missing += 1;
    if (plan.stages.some(({ isMissing, runs }) => !isMissing && runs > 1)) counts.runs += 1;
    if (plan.stages.some(({ isLinked, isMissing }) => isLinked === true && !isMissing)) counts.linked += 1;
    if (plan.stages.some(({ isLinked, isMissing }) => isLinked === true && isMissing))
      counts.linkedMissing += 1;
  }
  const { linkedMissing, ...others } = counts;
  expect(linkedMissing).toBeGreaterThan(20);
  expect(Math.min(...Object.values(others))).toBeGreaterThan(50);
});

test("runs=N is the stage N times", () => {
  fc.assert(
    fc.property(cases, ({ plan, events }) => {
      const copies = plan.stages.map(({ isLinked, isMissing, runs }) =>
        Array.from({ length: runs }, () => ({
          ...(isLinked === undefined ? {} : { isLinked }),
          isMissing,
          runs: 1,
        })),
      );
      const starts = copies.map((_, stage) => copies.slice(0, stage).flat().length);
      const spreadOut = ({ accepts, keys, stage }: StageMatch<ListedEvent>): StageMatch<ListedEvent>[] =>
        stage === "until"
          ? [{ accepts, keys, stage }]
          : Array.from(copies[stage] ?? [], (_, i) => ({ accepts, keys, stage: (starts[stage] ?? 0) + i }));
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

test("an event that concerns nothing changes nothing but the time, also when it is late", () => {
  let without = 0;
  fc.assert(
    fc.property(
      cases,
      fc.infiniteStream(fc.boolean()),
      fc.boolean(),
      ({ plan, events }, swaps, isShuffled) => {
        const order = isShuffled ? events.toSorted(() => (swaps.next().value === true ? 1 : -1)) : events;
        const [all, concerned] = [1, 2].map(() => new SequenceMatcher<ListedEvent>(plan, { openMax: 5 })) as [
          SequenceMatcher<ListedEvent>,
          SequenceMatcher<ListedEvent>,
        ];
        for (const event of order) {
          const isConcerned = concerned.concerns(event.matches);
          const found = isConcerned
            ? concerned.onEvent(event, event, event.matches)
            : concerned.advanceTo(event.ms);
          if (!isConcerned) without += 1;
          expect(shown(found)).toEqual(shown(all.onEvent(event, event, event.matches)));
          expect(saved(concerned)).toEqual(saved(all));
        }
      },
    ),
  );
  expect(without).toBeGreaterThan(50);
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

test("to ask that two values be equal is to join by them", () => {
  // All stages but the first refer to the first event; the other way its value is a key.
  const asked = fc.record({
    stageCount: fc.integer({ min: 2, max: 4 }),
    maxSpanMs: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
    steps: fc.array(
      fc.record({
        stepMs: fc.constantFrom(0, 1, 1, 3),
        value: fc.nat(2),
        stages: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 2 }),
      }),
      { maxLength: 30, size: "+1" },
    ),
  });
  fc.assert(
    fc.property(asked, ({ stageCount, maxSpanMs, steps }) => {
      const stages = Array.from({ length: stageCount }, (_, i) => ({
        isMissing: false,
        runs: 1,
        isLinked: i > 0,
      }));
      const linked = new SequenceMatcher<number>({ stages, maxSpanMs });
      const joined = new SequenceMatcher<number>({
        stages: stages.map(({ isMissing, runs }) => ({ isMissing, runs })),
        maxSpanMs,
      });
      let ms = 0;
      for (const [arrival, { stepMs, value, stages: met }] of steps.entries()) {
        ms += stepMs;
        const ordinal = { ms, nanos: 0, arrival };
        const matches = met.filter((stage) => stage < stageCount);
        const accepts = ([first]: readonly number[]) => steps[first as number]?.value === value;
        const found = linked.onEvent(
          arrival,
          ordinal,
          matches.map((stage) => ({ stage, keys: [[]], accepts: stage > 0 ? accepts : undefined })),
        );
        const wanted = joined.onEvent(
          arrival,
          ordinal,
          matches.map((stage) => ({ stage, keys: [[value]] })),
        );
        expect(found.map(({ events }) => events)).toEqual(wanted.map(({ events }) => events));
      }
    }),
    { numRuns: 500 },
  );
});

test("of many beginnings that a linked stage may continue, the latest are kept, and the others are counted", () => {
  const plan = {
    stages: [
      { isMissing: false, runs: 1 },
      { isMissing: false, runs: 1, isLinked: true },
    ],
    maxSpanMs: undefined,
  };
  const matcher = new SequenceMatcher<number>(plan, { candidatesMax: 10 });
  for (let i = 0; i < 25; i++)
    matcher.onEvent(i, { ms: i, nanos: 0, arrival: i }, [{ stage: 0, keys: [[]] }]);
  expect([matcher.openCount, matcher.droppedCount]).toEqual([10, 15]);
  const end = (wanted: number, arrival: number) =>
    matcher
      .onEvent(arrival, { ms: arrival, nanos: 0, arrival }, [
        { stage: 1, keys: [[]], accepts: ([first]) => first === wanted },
      ])
      .map(({ events }) => events);
  expect(end(3, 30)).toEqual([]);
  expect(end(20, 31)).toEqual([[20, 31]]);
  expect(end(16, 32)).toEqual([[16, 32]]);
  expect(matcher.openCount).toBe(8);
});

test("before a linked missing event at the end so many wait, and no more", () => {
  const plan = {
    stages: [
      { isMissing: false, runs: 1 },
      { isMissing: true, runs: 1, isLinked: true },
    ],
    maxSpanMs: 1000,
  };
  const matcher = new SequenceMatcher<number>(plan, { candidatesMax: 10 });
  for (let i = 0; i < 25; i++)
    matcher.onEvent(i, { ms: i, nanos: 0, arrival: i }, [{ stage: 0, keys: [[]] }]);
  expect([matcher.openCount, matcher.droppedCount]).toEqual([10, 15]);
  matcher.onEvent(30, { ms: 30, nanos: 0, arrival: 30 }, [
    { stage: 1, keys: [[]], accepts: ([first]) => (first as number) % 2 === 0 },
  ]);
  expect(matcher.finish().map(({ events }) => events[0])).toEqual([15, 17, 19, 21, 23]);
});

function saved(matcher: SequenceMatcher<ListedEvent>): Json {
  return matcher.save(({ arrival }) => arrival);
}
