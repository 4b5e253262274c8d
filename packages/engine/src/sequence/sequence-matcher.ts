import { isJsonObject, type Json } from "@tallyman/ecs";
import { distinctKeys, type JoinKey, joinKeyText } from "./join-key.ts";
import { eventsOf, linked, OpenSequence } from "./open-sequence.ts";
import { compareOrdinals, type Ordinal } from "./ordinal.ts";
import { Run } from "./run.ts";
import { isSavedState, restoreState, type SavedState, saveState } from "./saved-state.ts";
import {
  layOut,
  type PositiveRole,
  type SequenceLayout,
  type SequencePlan,
  type StageRole,
} from "./sequence-plan.ts";
import { SequenceState } from "./sequence-state.ts";

/** That an event meets the condition of a stage, or of `until`. */
export interface StageMatch<E = unknown> {
  /** The number of the stage in the plan. */
  readonly stage: number | "until";
  /**
   * The event's join keys for this stage: one, several where a `by` field holds several values, none where it holds none.
   * How many one event may bring is for the caller to bound.
   */
  readonly keys: readonly JoinKey[];
  /**
   * For a linked stage, and an `until` that is: whether the event fits a sequence that has these events by now, runs counted. Only what it
   * fits is continued, spoiled or ended by it.
   */
  readonly accepts?: ((events: readonly E[]) => boolean) | undefined;
}

/** A found sequence. */
export interface Sequence<E> {
  readonly joinKey: JoinKey;
  /** One event for each stage, runs counted; undefined for a missing one. */
  readonly events: readonly (E | undefined)[];
  /** The ordinal of the last event. Elasticsearch orders results by it. */
  readonly last: Ordinal;
}

export interface SequenceMatcherOptions {
  /** The span that holds where the plan has no `maxspan`: the rule's look-back, in milliseconds. Unbounded without it. */
  readonly lookBackMs?: number | undefined;
  /** So many sequences are open at most, 100,000 by default; of leading `![ ]`, so many keys are remembered. */
  readonly openMax?: number;
  /** Behind a stage before a linked one, and before a linked `![ ]` at the end, so many sequences of a key wait at most, 1,000 by default. */
  readonly candidatesMax?: number;
}

/**
 * Finds the sequences of an EQL query in a stream of events that somebody else has tested against its stages.
 *
 * For each stage and join key one sequence at most has passed the stage and waits for an event of the next; a newer one replaces it.
 * The event takes it, and what is taken is gone, even when `maxspan` or `until` then refuse the result. Elasticsearch goes through
 * the events stage by stage and so can have many sequences behind one stage, of which an event takes the latest before it and
 * discards the older ones; in the order of events that latest one is the only one that matters. Two rules make both ways
 * equal: later stages see an event before earlier ones, so that an event never follows itself, and `until` sees it last, because
 * an `until` at the last event of a sequence ends it while one at the event that continues it comes too late.
 *
 * A linked stage looks at the events of the sequence that it is to continue, so sequences before it do not replace each other: the event takes
 * the latest one that it fits and that began within `maxspan`, and with it the older ones that it fits are gone. Where it asks that two values
 * be equal, this is what a join key of the two would do.
 *
 * Missing events are judged by milliseconds, exclusive of the neighbours: in the middle none may stand between two events; at
 * the start none within `maxspan` before the last event; at the end none within `maxspan` after the first. With both, some span of
 * that length must hold the sequence and none of them. A spoiled sequence still takes the place of others, as in Elasticsearch.
 * A trailing `![ ]` is decided only when the watermark has passed the span. Elasticsearch reports such a sequence as soon as its
 * search window ends, and so too early (elasticsearch#145323).
 *
 * Events come in their order: what arrives late is for the caller to sort in. An event that all the same is older than one before
 * continues only what ended before it, and replaces and ends nothing newer; inside a run that has gone on it does not count.
 *
 * Memory: some 400 bytes for each open sequence of two stages, the text of its key included, and what the caller's `E` holds, which
 * may well be a reference to an event that is kept elsewhere. A run holds each of its events once, whatever N is.
 */
export class SequenceMatcher<E> {
  readonly #planText: string;
  readonly #layout: SequenceLayout;
  readonly #spanMsMax: number;
  readonly #openMax: number;
  readonly #candidatesMax: number;
  readonly #state: SequenceState<E>;
  #watermarkMs = Number.NEGATIVE_INFINITY;
  #droppedCount = 0;

  /** Throws on a plan that EQL does not allow. */
  constructor(plan: SequencePlan, options: SequenceMatcherOptions = {}) {
    this.#layout = layOut(plan);
    this.#planText = JSON.stringify([this.#layout, plan.maxSpanMs]);
    this.#spanMsMax = plan.maxSpanMs ?? options.lookBackMs ?? Number.POSITIVE_INFINITY;
    this.#openMax = options.openMax ?? 100_000;
    this.#candidatesMax = options.candidatesMax ?? 1000;
    this.#state = new SequenceState(this.#layout.keepsAll, this.#candidatesMax);
  }

  /** How many sequences are open. */
  get openCount(): number {
    return this.#state.open.size;
  }

  /** How many sequences, and keys of leading missing events, were given up for `openMax` and `candidatesMax`, the oldest first. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /**
   * Takes an event with the stages that it matches, each of them once. Gives the sequences that are found by it, and before them
   * those that its time decides: an event is the watermark of its time.
   */
  onEvent(event: E, ordinal: Ordinal, matches: readonly StageMatch<E>[]): readonly Sequence<E>[] {
    const found: Sequence<E>[] = [];
    this.#advance(ordinal.ms, found);
    let keys: readonly JoinKey[] = [];
    let distinct = distinctKeys(keys);
    for (const match of inOrderOfEffect(matches)) {
      // Stages often share one array of keys.
      if (match.keys !== keys) {
        keys = match.keys;
        distinct = distinctKeys(keys);
      }
      const arrival: Arrival<E> = { event, ordinal, accepts: match.accepts, found };
      const role = match.stage === "until" ? untilRole : (this.#layout.roles[match.stage] as StageRole);
      for (const [key, joinKey] of distinct) this.#apply(role, key, joinKey, arrival);
    }
    this.#keepWithinLimit();
    return found;
  }

  /**
   * False when an event that meets these stages changes nothing but the time: it begins nothing, and nothing with a key of its is open that it
   * could continue, spoil or end. `advanceTo` its time then gives what `onEvent` would.
   */
  concerns(matches: readonly StageMatch<E>[]): boolean {
    const isAnyOpen = this.#state.open.size > 0;
    return matches.some(({ keys, stage }) => {
      const role = stage === "until" ? untilRole : (this.#layout.roles[stage] as StageRole);
      if (role.kind === "missing-first" || (role.kind === "positive" && role.stage === 0)) return true;
      return isAnyOpen && keys.some((key) => this.#isOpenFor(role, joinKeyText(key)));
    });
  }

  /**
   * Tells that every event before `watermarkMs` has been seen, and gives the sequences that no trailing missing event can stop any
   * more. What cannot be completed in time is forgotten, which never changes what is found.
   */
  advanceTo(watermarkMs: number): readonly Sequence<E>[] {
    const found: Sequence<E>[] = [];
    this.#advance(watermarkMs, found);
    return found;
  }

  /**
   * Tells that no event will come any more, and gives the sequences that wait for a trailing missing event, in the order of results:
   * what is not in a closed window is missing, as for Elasticsearch. The matcher is empty afterwards.
   */
  finish(): readonly Sequence<E>[] {
    const found: Sequence<E>[] = [];
    for (const sequence of this.#state.open) this.#end(sequence, found);
    this.#state.leading.forgetBefore(Number.POSITIVE_INFINITY);
    return found.sort((a, b) => compareOrdinals(a.last, b.last));
  }

  /** The state as JSON, for `restore` to go on from. Arrival numbers have to go on as well. */
  save(saveEvent: (event: E) => Json): Json {
    return {
      version: 1,
      plan: this.#planText,
      watermarkMs: Number.isFinite(this.#watermarkMs) ? this.#watermarkMs : null,
      droppedCount: this.#droppedCount,
      state: saveState(this.#state, saveEvent),
    } satisfies SavedMatcher;
  }

  /**
   * Takes up saved state; for a new matcher. False, and the matcher stays empty, when it is not the state of a matcher with the same
   * stages and span. Whether the conditions behind the stages are the same is for the caller to know.
   */
  restore(saved: Json, restoreEvent: (event: Json) => E): boolean {
    if (!isSavedMatcher(saved, this.#layout.stageCount) || saved.plan !== this.#planText) return false;
    restoreState(this.#state, saved.state, restoreEvent);
    this.#watermarkMs = saved.watermarkMs ?? Number.NEGATIVE_INFINITY;
    this.#droppedCount = saved.droppedCount;
    this.#keepWithinLimit();
    return true;
  }

  /** Whether anything of a key stands where an event of this role looks. */
  #isOpenFor(role: StageRole | typeof untilRole, key: string): boolean {
    const { passed, runs, waiting } = this.#state;
    switch (role.kind) {
      case "positive":
        return passed[role.stage - 1]?.has(key) === true || runs[role.stage]?.has(key) === true;
      case "missing-after":
        return passed[role.stage]?.has(key) === true;
      case "missing-last":
        return waiting.has(key);
      case "missing-first":
        return true;
      case "until":
        return passed.some((stage) => stage.has(key)) || runs.some((stage) => stage.has(key));
    }
  }

  #apply(role: StageRole | typeof untilRole, key: string, joinKey: JoinKey, arrival: Arrival<E>): void {
    switch (role.kind) {
      case "positive":
        if (role.runs === 1) this.#onPositive(role.stage, key, joinKey, arrival);
        else this.#onRun(role, key, joinKey, arrival);
        return;
      case "missing-first":
        this.#state.leading.note(key, arrival.ordinal.ms);
        return;
      case "missing-after":
        this.#onGap(role.stage, key, arrival);
        return;
      case "missing-last":
        this.#onTrailing(key, arrival);
        return;
      case "until":
        this.#onUntil(key, arrival);
    }
  }

  #onPositive(stage: number, key: string, joinKey: JoinKey, arrival: Arrival<E>): void {
    const sequence = this.#beginOrTake(stage, key, arrival);
    if (sequence !== undefined) this.#pass(sequence, stage, [arrival.event], joinKey, arrival);
  }

  #onRun({ runs, stage }: PositiveRole, key: string, joinKey: JoinKey, arrival: Arrival<E>): void {
    const { event, ordinal } = arrival;
    const byKey = this.#state.runs[stage] as Map<string, Run<E>>;
    const known = byKey.get(key);
    if (known !== undefined && compareOrdinals(known.last, ordinal) >= 0) return;
    const entering = this.#beginOrTake(stage, key, arrival);
    if (known === undefined && entering === undefined) return;
    const run = known ?? new Run<E>(ordinal);
    if (known === undefined) byKey.set(key, run);
    const done = run.push(event, ordinal, runs);
    if (entering !== undefined) {
      entering.stage = stage;
      entering.isRunning = true;
      run.enter(entering);
    }
    if (run.trim()) byKey.delete(key);
    if (done === undefined) return;
    done.sequence.isRunning = false;
    if (ordinal.ms - done.sequence.startMs > this.#spanMsMax) this.#state.open.remove(done.sequence);
    else this.#pass(done.sequence, stage, done.events, joinKey, arrival);
  }

  /** For the first stage a new sequence; for others the one that the event continues, unless it comes too late for it. */
  #beginOrTake(stage: number, key: string, { accepts, ordinal }: Arrival<E>): OpenSequence<E> | undefined {
    const { leading, open, passed } = this.#state;
    if (stage === 0) {
      const leadingMs = this.#layout.hasMissingFirst ? leading.lastBefore(key, ordinal.ms) : undefined;
      const begun = new OpenSequence<E>(key, ordinal.ms, ordinal, leadingMs);
      open.append(begun);
      return begun;
    }
    const taken = passed[stage - 1]?.take(
      key,
      (sequence) => compareOrdinals(sequence.last, ordinal) < 0 && fits(sequence, accepts),
      (usedUp) => open.remove(usedUp),
    );
    if (taken === undefined) return undefined;
    if (ordinal.ms - taken.startMs > this.#spanMsMax) {
      open.remove(taken);
      return undefined;
    }
    if (taken.gapMs !== undefined && taken.gapMs < ordinal.ms) taken.isSpoiled = true;
    taken.gapMs = undefined;
    return taken;
  }

  /** Puts a sequence behind a stage, with the events that it has of it. */
  #pass(
    sequence: OpenSequence<E>,
    stage: number,
    events: readonly E[],
    joinKey: JoinKey,
    { found, ordinal }: Arrival<E>,
  ): void {
    sequence.links = linked(sequence.links, events);
    sequence.stage = stage;
    sequence.last = ordinal;
    if (stage === this.#layout.stageCount - 1) {
      this.#complete(sequence, joinKey, found);
      return;
    }
    const other = this.#state.passed[stage]?.put(sequence);
    if (other === undefined) return;
    this.#state.open.remove(other);
    if (this.#layout.keepsAll[stage] === true) this.#droppedCount += 1;
  }

  /** Decides on a sequence that has all its events, or leaves it to wait for the end of its span. */
  #complete(sequence: OpenSequence<E>, joinKey: JoinKey, found: Sequence<E>[]): void {
    const { hasMissingFirst, hasMissingLast } = this.#layout;
    const { isSpoiled, last, leadingMs, startMs } = sequence;
    // A trailing event must come after the end of one span that holds the sequence. The earliest that is free of leading events
    // begins right behind the last of these.
    const spanStartMs = hasMissingFirst ? leadingMs : startMs;
    const deadlineMs = (spanStartMs ?? Number.NEGATIVE_INFINITY) + this.#spanMsMax;
    if (hasMissingLast && !isSpoiled && last.ms < deadlineMs) {
      sequence.waiting = { joinKey, deadlineMs };
      this.#state.wait(sequence);
      if (this.#layout.isEndLinked) this.#keepFewWaiting(sequence.key);
      return;
    }
    this.#state.open.remove(sequence);
    const isLed = hasMissingFirst && !hasMissingLast && last.ms <= deadlineMs;
    if (!isSpoiled && !isLed) found.push(this.#asFound(sequence, joinKey));
  }

  /** A linked `![ ]` at the end looks at all that wait, one by one. */
  #keepFewWaiting(key: string): void {
    const sequences = this.#state.waiting.get(key)?.sequences;
    const [oldest] = sequences ?? [];
    if (oldest === undefined || sequences === undefined || sequences.size <= this.#candidatesMax) return;
    this.#state.forget(oldest);
    this.#droppedCount += 1;
  }

  #onGap(stage: number, key: string, { accepts, ordinal: { ms } }: Arrival<E>): void {
    for (const sequence of this.#state.passed[stage]?.of(key) ?? []) {
      if (ms <= sequence.last.ms || !fits(sequence, accepts)) continue;
      sequence.gapMs = Math.min(ms, sequence.gapMs ?? ms);
    }
  }

  #onTrailing(key: string, { accepts, found, ordinal: { ms } }: Arrival<E>): void {
    const waiting = this.#state.waiting.get(key);
    // Of one instant the first event decides: what was completed since then did not end before it.
    if (waiting === undefined || waiting.triedMs === ms) return;
    if (accepts === undefined) waiting.triedMs = ms;
    for (const sequence of waiting.sequences) {
      if (sequence.waiting === undefined || ms <= sequence.last.ms || !fits(sequence, accepts)) continue;
      if (ms <= sequence.waiting.deadlineMs) this.#state.forget(sequence);
      else this.#end(sequence, found);
    }
  }

  #onUntil(key: string, { accepts, ordinal }: Arrival<E>): void {
    const { passed, runs } = this.#state;
    for (let stage = 0; stage < this.#layout.stageCount; stage++) {
      for (const sequence of passed[stage]?.of(key) ?? []) {
        if (compareOrdinals(sequence.last, ordinal) <= 0 && fits(sequence, accepts))
          this.#state.forget(sequence);
      }
      const run = runs[stage]?.get(key);
      if (run === undefined || compareOrdinals(run.last, ordinal) > 0) continue;
      const ended = run.entered.filter(
        (entered, i) => entered !== undefined && fits(entered, accepts, run.events.slice(i)),
      );
      for (const entered of ended) if (entered !== undefined) this.#state.forget(entered);
    }
  }

  #advance(ms: number, found: Sequence<E>[]): void {
    if (ms <= this.#watermarkMs) return;
    this.#watermarkMs = ms;
    const { leading, open } = this.#state;
    const startMsMin = ms - this.#spanMsMax;
    while (open.oldest !== undefined && open.oldest.startMs < startMsMin) this.#end(open.oldest, found);
    leading.forgetBefore(startMsMin);
  }

  /** Forgets a sequence that no event can change any more; if it has all its events, it is found. */
  #end(sequence: OpenSequence<E>, found: Sequence<E>[]): void {
    if (sequence.waiting !== undefined) found.push(this.#asFound(sequence, sequence.waiting.joinKey));
    this.#state.forget(sequence);
  }

  #keepWithinLimit(): void {
    const { leading, open } = this.#state;
    while (open.oldest !== undefined && open.size > this.#openMax) {
      this.#state.forget(open.oldest);
      this.#droppedCount += 1;
    }
    while (leading.size > this.#openMax) {
      leading.forgetOldest();
      this.#droppedCount += 1;
    }
  }

  #asFound({ last, links }: OpenSequence<E>, joinKey: JoinKey): Sequence<E> {
    const events = eventsOf(links);
    let next = 0;
    return { joinKey, events: this.#layout.gaps.map((isGap) => (isGap ? undefined : events[next++])), last };
  }
}

/** An event on its way through the stages that it matches. */
interface Arrival<E> {
  readonly event: E;
  readonly ordinal: Ordinal;
  readonly accepts: StageMatch<E>["accepts"];
  readonly found: Sequence<E>[];
}

/** `running` are the events that a sequence has of a run in progress. */
function fits<E>(
  { links }: OpenSequence<E>,
  accepts: StageMatch<E>["accepts"],
  running: readonly E[] = [],
): boolean {
  if (accepts === undefined) return true;
  const events = eventsOf(links);
  return accepts(running.length === 0 ? events : [...events, ...running]);
}

const untilRole = { kind: "until" } as const;

type SavedMatcher = {
  readonly version: 1;
  /** So that the state of another plan is not taken for this one's. */
  readonly plan: string;
  readonly watermarkMs: number | null;
  readonly droppedCount: number;
  readonly state: SavedState;
};

/** Later stages first, `until` last. */
function inOrderOfEffect<E>(matches: readonly StageMatch<E>[]): readonly StageMatch<E>[] {
  if (matches.length < 2) return matches;
  const rank = ({ stage }: StageMatch<E>): number => (stage === "until" ? -1 : stage);
  return matches.toSorted((a, b) => rank(b) - rank(a));
}

function isSavedMatcher(saved: Json, stageCount: number): saved is SavedMatcher {
  return (
    isJsonObject(saved) &&
    saved["version"] === 1 &&
    typeof saved["plan"] === "string" &&
    (saved["watermarkMs"] === null || typeof saved["watermarkMs"] === "number") &&
    typeof saved["droppedCount"] === "number" &&
    isSavedState(saved["state"], stageCount)
  );
}
