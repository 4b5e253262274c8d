import { isJsonObject, type Json } from "@tallyman/ecs";
import type { JoinKey } from "./join-key.ts";
import { type Field, isArrayOf, isIndex, isNumber, isNumberOrNull } from "./json-form.ts";
import type { SavedMark } from "./leading-marks.ts";
import { eventsOf, linked, OpenSequence } from "./open-sequence.ts";
import type { Ordinal } from "./ordinal.ts";
import { Run } from "./run.ts";
import type { SequenceState } from "./sequence-state.ts";

/** The state of a sequence matcher as JSON. An event stands once in a table, however many sequences hold it. */
export type SavedState = {
  readonly events: readonly Json[];
  /** From the oldest to the newest. */
  readonly open: readonly SavedSequence[];
  readonly runs: readonly SavedRun[];
  readonly leading: readonly SavedMark[];
};

export function saveState<E>(state: SequenceState<E>, saveEvent: (event: E) => Json): SavedState {
  const places = new Map<E, number>();
  const events: Json[] = [];
  const placeOf = (event: E): number => {
    let place = places.get(event);
    if (place === undefined) {
      place = events.push(saveEvent(event)) - 1;
      places.set(event, place);
    }
    return place;
  };
  const numbers = new Map(Array.from(state.open, (sequence, number) => [sequence, number]));
  return {
    open: Array.from(state.open, (sequence) => ({
      key: sequence.key,
      startMs: sequence.startMs,
      leadingMs: sequence.leadingMs ?? null,
      stage: sequence.stage,
      last: saveOrdinal(sequence.last),
      events: eventsOf(sequence.links).map(placeOf),
      gapMs: sequence.gapMs ?? null,
      isSpoiled: sequence.isSpoiled,
      waiting: sequence.waiting ?? null,
    })),
    runs: state.runs.flatMap((byKey, stage) =>
      Array.from(byKey, ([key, run]) => ({
        key,
        stage,
        last: saveOrdinal(run.last),
        events: run.events.map(placeOf),
        entered: run.entered.map((sequence) => (sequence && numbers.get(sequence)) ?? -1),
      })),
    ),
    leading: state.leading.save(),
    events,
  };
}

/** Fills an empty state with what was saved of one with as many stages. */
export function restoreState<E>(
  state: SequenceState<E>,
  saved: SavedState,
  restoreEvent: (event: Json) => E,
): void {
  const events = saved.events.map(restoreEvent);
  const eventsAt = (places: readonly number[]): E[] => places.map((place) => events[place] as E);
  const open = saved.open.map((from) => {
    const sequence = new OpenSequence<E>(
      from.key,
      from.startMs,
      restoreOrdinal(from.last),
      from.leadingMs ?? undefined,
    );
    sequence.stage = from.stage;
    sequence.links = linked(undefined, eventsAt(from.events));
    sequence.gapMs = from.gapMs ?? undefined;
    sequence.isSpoiled = from.isSpoiled;
    sequence.waiting = from.waiting ?? undefined;
    state.open.append(sequence);
    return sequence;
  });
  for (const from of saved.runs) {
    const run = new Run<E>(restoreOrdinal(from.last));
    run.events.push(...eventsAt(from.events));
    run.entered.push(...from.entered.map((number) => open[number]));
    for (const sequence of run.entered) if (sequence !== undefined) sequence.isRunning = true;
    state.runs[from.stage]?.set(from.key, run);
  }
  for (const sequence of open) {
    if (sequence.waiting !== undefined) state.wait(sequence);
    else if (!sequence.isRunning) state.passed[sequence.stage]?.put(sequence);
  }
  state.leading.restore(saved.leading);
}

/** True when the value has the form of saved state for so many stages, and every number that points somewhere points to something. */
export function isSavedState(value: Field, stageCount: number): value is SavedState {
  if (!isJsonObject(value)) return false;
  const { events, leading, open, runs } = value;
  return (
    Array.isArray(events) &&
    isArrayOf(open, (item) => isSavedSequence(item, events.length, stageCount)) &&
    isArrayOf(runs, (item) => isSavedRun(item, events.length, open.length, stageCount)) &&
    isArrayOf(leading, isSavedMark)
  );
}

type SavedSequence = {
  readonly key: string;
  readonly startMs: number;
  readonly leadingMs: number | null;
  readonly stage: number;
  readonly last: SavedOrdinal;
  /** Places in the table of events, first event first. */
  readonly events: readonly number[];
  readonly gapMs: number | null;
  readonly isSpoiled: boolean;
  readonly waiting: { readonly joinKey: JoinKey; readonly deadlineMs: number } | null;
};

type SavedRun = {
  readonly key: string;
  readonly stage: number;
  readonly last: SavedOrdinal;
  readonly events: readonly number[];
  /** For each event the place in `open` of the sequence that entered with it, or -1. */
  readonly entered: readonly number[];
};

type SavedOrdinal = readonly [ms: number, nanos: number, tiebreaker: number | null, arrival: number];

function saveOrdinal({ ms, nanos, tiebreaker, arrival }: Ordinal): SavedOrdinal {
  return [ms, nanos, tiebreaker ?? null, arrival];
}

function restoreOrdinal([ms, nanos, tiebreaker, arrival]: SavedOrdinal): Ordinal {
  return { ms, nanos, tiebreaker: tiebreaker ?? undefined, arrival };
}

function isSavedSequence(value: Field, eventCount: number, stageCount: number): boolean {
  return (
    isJsonObject(value) &&
    typeof value["key"] === "string" &&
    isNumber(value["startMs"]) &&
    isNumberOrNull(value["leadingMs"]) &&
    isIndex(value["stage"], stageCount) &&
    isSavedOrdinal(value["last"]) &&
    isArrayOf(value["events"], (place) => isIndex(place, eventCount)) &&
    isNumberOrNull(value["gapMs"]) &&
    typeof value["isSpoiled"] === "boolean" &&
    (value["waiting"] === null || isSavedWaiting(value["waiting"]))
  );
}

function isSavedWaiting(value: Field): boolean {
  return (
    isJsonObject(value) &&
    isNumber(value["deadlineMs"]) &&
    isArrayOf(value["joinKey"], (part) => part === null || typeof part !== "object")
  );
}

function isSavedRun(value: Field, eventCount: number, openCount: number, stageCount: number): boolean {
  return (
    isJsonObject(value) &&
    typeof value["key"] === "string" &&
    isIndex(value["stage"], stageCount) &&
    isSavedOrdinal(value["last"]) &&
    isArrayOf(value["events"], (place) => isIndex(place, eventCount)) &&
    isArrayOf(value["entered"], (number) => number === -1 || isIndex(number, openCount)) &&
    value["events"].length === value["entered"].length
  );
}

function isSavedMark(value: Field): boolean {
  if (!Array.isArray(value)) return false;
  const [key, ms, beforeMs] = value as readonly Field[];
  return typeof key === "string" && isNumber(ms) && isNumberOrNull(beforeMs);
}

function isSavedOrdinal(value: Field): boolean {
  if (!Array.isArray(value)) return false;
  const [ms, nanos, tiebreaker, arrival] = value as readonly Field[];
  return isNumber(ms) && isNumber(nanos) && isNumberOrNull(tiebreaker) && isNumber(arrival);
}
