import { type JoinKey, joinKeyText } from "../join-key.ts";
import { compareOrdinals, type Ordinal } from "../ordinal.ts";
import type { Sequence, StageMatch } from "../sequence-matcher.ts";
import type { SequencePlan } from "../sequence-plan.ts";

/** An event of a finite list; it is its own ordinal. */
export interface ListedEvent extends Ordinal {
  readonly matches: readonly StageMatch<ListedEvent>[];
}

/**
 * What an EQL sequence means, said by enumeration over all events at once: slow, without state, and without a thought of the order
 * in which they come. Results are ordered by their last event. Tests compare the matcher with it.
 */
export function referenceSequences<E extends ListedEvent>(
  plan: SequencePlan,
  events: readonly E[],
  spanMsMax: number,
): readonly Sequence<E>[] {
  const allKeys = events.flatMap(({ matches }) => matches.flatMap(({ keys }) => keys));
  const keys = [...new Map(allKeys.map((key) => [joinKeyText(key), key])).values()];
  return keys
    .flatMap((key) => sequencesOfKey(plan, events, spanMsMax, key))
    .sort((a, b) => compareOrdinals(a.last, b.last));
}

function sequencesOfKey<E extends ListedEvent>(
  plan: SequencePlan,
  events: readonly E[],
  spanMsMax: number,
  joinKey: JoinKey,
): readonly Sequence<E>[] {
  // `with runs=N` is the stage N times.
  const stages = plan.stages.flatMap(({ isLinked = false, isMissing, runs }, number) =>
    Array.from({ length: runs }, () => ({ isLinked, isMissing, number })),
  );
  const at = (stage: number | "until"): readonly E[] =>
    events.filter(({ matches }) =>
      matches.some((match) => match.stage === stage && match.keys.some((key) => isSame(key, joinKey))),
    );
  const untils = at("until");
  /** Whether an event that matches a stage fits a sequence with these events so far. */
  const fits = (stage: number | "until", event: E, sequence: readonly E[]): boolean =>
    event.matches.find((match) => match.stage === stage)?.accepts?.(sequence) ?? true;

  // An event continues a sequence when nothing of either kind lies between the two: no sequence that would have been taken
  // instead, and no event that would have taken it before.
  const continued = (sequences: readonly (readonly E[])[], nexts: readonly E[]): readonly (readonly E[])[] =>
    sequences.flatMap((sequence) => {
      const start = first(sequence);
      const last = final(sequence);
      return nexts
        .filter((next) => isBefore(last, next))
        .filter((next) => !sequences.some((other) => isBetween(last, final(other), next)))
        .filter((next) => !nexts.some((other) => isBetween(last, other, next)))
        .filter((next) => next.ms - start.ms <= spanMsMax)
        .filter((next) => !isEnded(sequence, next))
        .map((next) => [...sequence, next]);
    });

  const isEnded = (sequence: readonly E[], next: E): boolean =>
    untils.some(
      (until) => !isBefore(until, final(sequence)) && isBefore(until, next) && fits("until", until, sequence),
    );

  // Before a linked stage sequences do not take each other's place. One is still there for an event unless it is over, or another
  // event that it fits came in between: that one used it up, whether it took it or a later one. Of those that an event fits it takes the latest.
  const linked = (
    stage: number,
    sequences: readonly (readonly E[])[],
    nexts: readonly E[],
  ): readonly (readonly E[])[] =>
    nexts.flatMap((next) => {
      const fitting = sequences.filter(
        (sequence) =>
          isBefore(final(sequence), next) &&
          next.ms - first(sequence).ms <= spanMsMax &&
          fits(stage, next, sequence) &&
          !isEnded(sequence, next) &&
          !nexts.some((other) => isBetween(final(sequence), other, next) && fits(stage, other, sequence)),
      );
      const latest = fitting.toSorted((a, b) => compareOrdinals(final(a), final(b))).at(-1);
      return latest === undefined ? [] : [[...latest, next]];
    });

  const positives = stages.filter(({ isMissing }) => !isMissing);
  const complete = positives.slice(1).reduce<readonly (readonly E[])[]>(
    (sequences, { isLinked, number }) =>
      isLinked ? linked(number, sequences, at(number)) : continued(sequences, at(number)),
    at(first(positives).number).map((event) => [event]),
  );

  return complete
    .map((sequence) => {
      const rest = [...sequence];
      return stages.map(({ isMissing }) => (isMissing ? undefined : rest.shift()));
    })
    .filter((places) =>
      hasAbsences(
        places,
        (place, before) => {
          const { number } = stages[place] as { number: number };
          return at(number).filter((event) => fits(number, event, before));
        },
        spanMsMax,
      ),
    )
    .map((places) => ({
      joinKey,
      events: places,
      last: final(places.filter((event) => event !== undefined)),
    }));
}

/** True when no event stands where one must be missing. */
function hasAbsences<E extends ListedEvent>(
  places: readonly (E | undefined)[],
  eventsAt: (place: number, before: readonly E[]) => readonly E[],
  spanMsMax: number,
): boolean {
  const firstPlace = places.findIndex((event) => event !== undefined);
  const lastPlace = places.findLastIndex((event) => event !== undefined);
  const start = places[firstPlace] as E;
  const last = places[lastPlace] as E;
  const isAbsent = (place: number, fromMs: number, toMs: number): boolean =>
    !eventsAt(
      place,
      places.slice(0, place).filter((event) => event !== undefined),
    ).some(({ ms }) => fromMs < ms && ms < toMs);

  const holdsInTheMiddle = places.every((event, place) => {
    if (event !== undefined || place < firstPlace || place > lastPlace) return true;
    const before = places.slice(0, place).findLast((other) => other !== undefined) as E;
    const after = places.slice(place).find((other) => other !== undefined) as E;
    return isAbsent(place, before.ms, after.ms);
  });
  if (!holdsInTheMiddle) return false;

  const leading = places.flatMap((_, place) => (place < firstPlace ? [place] : []));
  const trailing = places.flatMap((_, place) => (place > lastPlace ? [place] : []));
  const holdsFrom = (spanStartMs: number): boolean =>
    leading.every((place) => isAbsent(place, spanStartMs - tiny, start.ms)) &&
    trailing.every((place) => isAbsent(place, last.ms, spanStartMs + spanMsMax + tiny));
  if (leading.length === 0) return holdsFrom(start.ms);
  if (trailing.length === 0) return holdsFrom(last.ms - spanMsMax);
  // Any span that holds the sequence will do. Its start may lie between two milliseconds.
  for (let spanStartMs = last.ms - spanMsMax; spanStartMs <= start.ms; spanStartMs += 0.5) {
    if (holdsFrom(spanStartMs)) return true;
  }
  return false;
}

/** Makes the end of a span inclusive. */
const tiny = 0.1;

function isSame(a: JoinKey, b: JoinKey): boolean {
  return joinKeyText(a) === joinKeyText(b);
}

function isBefore(a: Ordinal, b: Ordinal): boolean {
  return compareOrdinals(a, b) < 0;
}

function isBetween(a: Ordinal, b: Ordinal, c: Ordinal): boolean {
  return isBefore(a, b) && isBefore(b, c);
}

function first<T>(items: readonly T[]): T {
  return items[0] as T;
}

function final<T>(items: readonly T[]): T {
  return items.at(-1) as T;
}
