import { isJsonObject, type Json } from "@tallyman/ecs";
import { AgeList, type Aging } from "./age-list.ts";
import { distinctKeys } from "./join-key.ts";
import { type Field, isArrayOf, isIndex, isNumber, isNumberOrNull } from "./json-form.ts";
import { candidatesMax, pickSamples } from "./pick-samples.ts";
import type { Sample, SampleMatch } from "./sample-matcher.ts";

export interface RollingSampleOptions {
  /** The events of a sample lie within so many milliseconds: the rule's look-back. */
  readonly lookBackMs: number;
  /** So many join keys are held at most, 100,000 by default. */
  readonly keysMax?: number;
}

/**
 * Finds the samples of `sample by key [ ] [ ] …` in a stream: one as soon as its last event is there. Its join key then rests until
 * the look-back has passed; its events in between are not looked at. Elasticsearch finds one sample of each key in each run of a rule, over
 * all events in the look-back, and as long as these stay there it finds the same one again.
 *
 * Events come in their order. One that is older than the look-back is not looked at.
 *
 * Memory: for each join key and stage at most as many events as there are stages, the latest ones.
 */
export class RollingSampleMatcher<E> {
  readonly #stageCount: number;
  readonly #lookBackMs: number;
  readonly #keysMax: number;
  readonly #byKey = new Map<string, KeyWindow<E>>();
  /** By the time of the last change. */
  readonly #byAge = new AgeList<KeyWindow<E>>();
  #watermarkMs = Number.NEGATIVE_INFINITY;
  #droppedCount = 0;

  constructor(stageCount: number, options: RollingSampleOptions) {
    this.#stageCount = stageCount;
    this.#lookBackMs = options.lookBackMs;
    this.#keysMax = options.keysMax ?? 100_000;
  }

  /** How many join keys are held, those at rest included. */
  get keyCount(): number {
    return this.#byAge.size;
  }

  /** How many join keys were given up for `keysMax`, those that changed first before others. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Takes an event with the stages that it matches; gives the samples that it completes. */
  onEvent(event: E, ms: number, matches: readonly SampleMatch[]): readonly Sample<E>[] {
    this.advanceTo(ms);
    if (ms < this.#watermarkMs - this.#lookBackMs) return [];
    const candidate: TimedEvent<E> = { event, ms };
    const found: Sample<E>[] = [];
    for (const { keys, stage } of matches) {
      for (const [key, joinKey] of distinctKeys(keys)) {
        const window = this.#windowOf(key);
        if (window.isResting) continue;
        this.#add(window, stage, candidate);
        const [sample] = pickSamples(window.stages, 1);
        if (sample === undefined) continue;
        found.push({ joinKey, events: sample.map((picked) => picked.event) });
        window.isResting = true;
        window.stages = window.stages.map(() => []);
      }
    }
    return found;
  }

  /** Tells that every event before `watermarkMs` has been seen: older join keys are forgotten. */
  advanceTo(watermarkMs: number): void {
    if (watermarkMs <= this.#watermarkMs) return;
    this.#watermarkMs = watermarkMs;
    const changedMsMin = watermarkMs - this.#lookBackMs;
    for (let window = this.#byAge.oldest; window !== undefined; window = this.#byAge.oldest) {
      if (window.changedMs >= changedMsMin) break;
      this.#forget(window);
    }
  }

  /** The state as JSON, for `restore` to go on from. */
  save(saveEvent: (event: E) => Json): Json {
    const places = new Map<TimedEvent<E>, number>();
    const events: [number, Json][] = [];
    const placeOf = (candidate: TimedEvent<E>): number => {
      let place = places.get(candidate);
      if (place === undefined) {
        place = events.push([candidate.ms, saveEvent(candidate.event)]) - 1;
        places.set(candidate, place);
      }
      return place;
    };
    return {
      version: 1,
      stageCount: this.#stageCount,
      watermarkMs: Number.isFinite(this.#watermarkMs) ? this.#watermarkMs : null,
      droppedCount: this.#droppedCount,
      windows: Array.from(this.#byAge, ({ key, changedMs, isResting, stages }) => ({
        key,
        changedMs,
        isResting,
        stages: stages.map((list) => list.map(placeOf)),
      })),
      events,
    } satisfies SavedSamples;
  }

  /** Takes up saved state; for a new matcher. False, and the matcher stays empty, when it is not that of one with as many stages. */
  restore(saved: Json, restoreEvent: (event: Json) => E): boolean {
    if (!isSavedSamples(saved) || saved.stageCount !== this.#stageCount) return false;
    const candidates = saved.events.map(([ms, event]) => ({ ms, event: restoreEvent(event) }));
    for (const { key, changedMs, isResting, stages } of saved.windows) {
      const window = this.#windowOf(key);
      window.changedMs = changedMs;
      window.isResting = isResting;
      window.stages = stages.map((places) => places.map((place) => candidates[place] as TimedEvent<E>));
    }
    this.#watermarkMs = saved.watermarkMs ?? Number.NEGATIVE_INFINITY;
    this.#droppedCount += saved.droppedCount;
    return true;
  }

  #add(window: KeyWindow<E>, stage: number, candidate: TimedEvent<E>): void {
    const msMin = this.#watermarkMs - this.#lookBackMs;
    window.stages = window.stages.map((list, i) => {
      const kept = list.filter(({ ms }) => ms >= msMin);
      return i === stage ? [...kept, candidate].slice(-candidatesMax(this.#stageCount, 1)) : kept;
    });
    window.changedMs = this.#watermarkMs;
    this.#byAge.remove(window);
    this.#byAge.append(window);
  }

  #windowOf(key: string): KeyWindow<E> {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (this.#byAge.oldest !== undefined && this.#byAge.size >= this.#keysMax) {
      this.#forget(this.#byAge.oldest);
      this.#droppedCount += 1;
    }
    const window: KeyWindow<E> = {
      key,
      changedMs: this.#watermarkMs,
      isResting: false,
      stages: Array.from({ length: this.#stageCount }, () => []),
      older: undefined,
      newer: undefined,
    };
    this.#byKey.set(key, window);
    this.#byAge.append(window);
    return window;
  }

  #forget(window: KeyWindow<E>): void {
    this.#byKey.delete(window.key);
    this.#byAge.remove(window);
  }
}

/** What is remembered of one join key. */
interface KeyWindow<E> extends Aging<KeyWindow<E>> {
  readonly key: string;
  /** When the last event was added; at rest, when the sample was found. */
  changedMs: number;
  isResting: boolean;
  stages: readonly (readonly TimedEvent<E>[])[];
}

interface TimedEvent<E> {
  readonly event: E;
  readonly ms: number;
}

type SavedSamples = {
  readonly version: 1;
  readonly stageCount: number;
  readonly watermarkMs: number | null;
  readonly droppedCount: number;
  readonly events: readonly (readonly [ms: number, event: Json])[];
  /** From the one that changed first to the one that changed last. */
  readonly windows: readonly SavedWindow[];
};

type SavedWindow = {
  readonly key: string;
  readonly changedMs: number;
  readonly isResting: boolean;
  /** Places in the table of events. */
  readonly stages: readonly (readonly number[])[];
};

function isSavedSamples(saved: Json): saved is SavedSamples {
  if (!isJsonObject(saved)) return false;
  const { events, stageCount } = saved;
  return (
    saved["version"] === 1 &&
    isNumber(stageCount) &&
    isNumberOrNull(saved["watermarkMs"]) &&
    isNumber(saved["droppedCount"]) &&
    isArrayOf(events, (event) => Array.isArray(event) && event.length === 2 && isNumber(event[0])) &&
    isArrayOf(saved["windows"], (window) => isSavedWindow(window, events.length, stageCount))
  );
}

function isSavedWindow(value: Field, eventCount: number, stageCount: number): boolean {
  return (
    isJsonObject(value) &&
    typeof value["key"] === "string" &&
    isNumber(value["changedMs"]) &&
    typeof value["isResting"] === "boolean" &&
    isArrayOf(value["stages"], (places) => isArrayOf(places, (place) => isIndex(place, eventCount))) &&
    value["stages"].length === stageCount
  );
}
