import { AgeList, type Aging } from "./age-list.ts";
import { compareJoinKeys, distinctKeys, type JoinKey } from "./join-key.ts";
import { candidatesMax, pickSamples } from "./pick-samples.ts";

/** That an event meets the condition of a stage of a sample. */
export interface SampleMatch {
  /** The number of the stage in the query. */
  readonly stage: number;
  /** The event's join keys for this stage: one, several where a `by` field holds several values, none where it holds none. */
  readonly keys: readonly JoinKey[];
}

/** A found sample: an event for each stage, in no order of time, that share a join key. */
export interface Sample<E> {
  readonly joinKey: JoinKey;
  /** In the order of the stages. */
  readonly events: readonly E[];
}

export interface SampleMatcherOptions {
  /** So many samples of one join key at most: `max_samples_per_key`, 1 by default. */
  readonly samplesPerKeyMax?: number;
  /** So many join keys are held at most, 100,000 by default. */
  readonly keysMax?: number;
}

/**
 * Finds the samples of `sample by key [ ] [ ] …` in events that are all there is: nothing is decided before the end. Where a stage
 * has several events to choose from, the first ones are taken; Elasticsearch leaves that open.
 *
 * Memory: for each join key its values, and for each of its stages as many events as there are stages and samples per key, less one.
 */
export class SampleMatcher<E> {
  readonly #stageCount: number;
  readonly #samplesPerKeyMax: number;
  readonly #keysMax: number;
  readonly #byKey = new Map<string, KeyCandidates<E>>();
  readonly #byAge = new AgeList<KeyCandidates<E>>();
  #droppedCount = 0;

  constructor(stageCount: number, options: SampleMatcherOptions = {}) {
    this.#stageCount = stageCount;
    this.#samplesPerKeyMax = options.samplesPerKeyMax ?? 1;
    this.#keysMax = options.keysMax ?? 100_000;
  }

  /** How many join keys were given up for `keysMax`, those that came first before others. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  onEvent(event: E, matches: readonly SampleMatch[]): void {
    const candidate: Candidate<E> = { event };
    for (const { keys, stage } of matches) {
      for (const [key, joinKey] of distinctKeys(keys)) {
        const list = this.#candidatesOf(key, joinKey).stages[stage] as Candidate<E>[];
        if (list.length < candidatesMax(this.#stageCount, this.#samplesPerKeyMax)) list.push(candidate);
      }
    }
  }

  /** The samples, ordered by join key. The matcher is empty afterwards. */
  finish(): readonly Sample<E>[] {
    const byKey = [...this.#byAge].sort((a, b) => compareJoinKeys(a.joinKey, b.joinKey));
    for (const candidates of byKey) this.#forget(candidates);
    return byKey.flatMap(({ joinKey, stages }) =>
      pickSamples(stages, this.#samplesPerKeyMax).map((sample) => ({
        joinKey,
        events: sample.map(({ event }) => event),
      })),
    );
  }

  #candidatesOf(key: string, joinKey: JoinKey): KeyCandidates<E> {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (this.#byAge.oldest !== undefined && this.#byAge.size >= this.#keysMax) {
      this.#forget(this.#byAge.oldest);
      this.#droppedCount += 1;
    }
    const stages = Array.from({ length: this.#stageCount }, () => []);
    const candidates = { key, joinKey, stages, older: undefined, newer: undefined };
    this.#byKey.set(key, candidates);
    this.#byAge.append(candidates);
    return candidates;
  }

  #forget(candidates: KeyCandidates<E>): void {
    this.#byKey.delete(candidates.key);
    this.#byAge.remove(candidates);
  }
}

/** An event by its identity: the caller's own may be a value that two events share. */
interface Candidate<E> {
  readonly event: E;
}

interface KeyCandidates<E> extends Aging<KeyCandidates<E>> {
  readonly key: string;
  readonly joinKey: JoinKey;
  readonly stages: readonly Candidate<E>[][];
}
