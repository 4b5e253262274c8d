import { isJsonObject, type Json } from "@tallyman/ecs";
import type { Aging } from "../../sequence/age-list.ts";
import { type Field, isArrayOf, isNumber, isNumberOrNull } from "../../sequence/json-form.ts";
import { RecentTimes } from "./recent-times.ts";
import { RecentValues, type SavedValues } from "./recent-values.ts";

/** How many events, and how many different values, within how long. */
export interface Threshold {
  readonly windowMs: number;
  readonly events: number;
  /** 0 where the rule asks for none. */
  readonly values: number;
}

/** A group that has come to the threshold. */
export interface ReachedThreshold {
  readonly events: number;
  readonly values: number;
  /** The time of the first event counted, and of the last. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** So many events of a group are counted at least; more only where the rule asks for more. */
const eventsKeptMax = 10_000;

/**
 * The events of one group: those within the window that ends with its newest. An event that comes late counts if it lies in that window. After the
 * threshold was reached, only what is younger than the newest event then counts again.
 */
export class GroupCounts implements Aging<GroupCounts> {
  older: GroupCounts | undefined;
  newer: GroupCounts | undefined;
  readonly key: string;
  /** How far the rule had come in time when the group last had an event. */
  touchedMs: number;
  #reachedMs = Number.NEGATIVE_INFINITY;
  #times = new RecentTimes();
  #values: RecentValues | undefined;

  constructor(key: string, touchedMs: number) {
    this.key = key;
    this.touchedMs = touchedMs;
  }

  /** How many events it holds. */
  get eventCount(): number {
    return this.#times.size;
  }

  /** How much room its values take. */
  get valueWeight(): number {
    return this.#values?.weight ?? 0;
  }

  /** Counts an event with its values; what it has come to when that reaches the threshold. */
  add(ms: number, values: readonly string[], threshold: Threshold): ReachedThreshold | undefined {
    const newestMs = Math.max(this.#times.newestMs, ms);
    const startMs = newestMs - threshold.windowMs;
    if (ms <= this.#reachedMs || ms < startMs) return undefined;
    const newestBefore = this.#times.newestMs;
    this.#times.add(ms, Math.max(threshold.events, eventsKeptMax));
    this.#times.dropBefore(startMs);
    if (threshold.values > 0) {
      this.#values ??= new RecentValues(threshold.values);
      for (const value of values) this.#values.add(value, ms, newestBefore);
    }
    if (this.#times.size < threshold.events) return undefined;
    const valueCount = this.#values?.countSince(startMs) ?? 0;
    if (valueCount < threshold.values) return undefined;
    return { events: this.#times.size, values: valueCount, fromMs: this.#times.oldestMs, toMs: newestMs };
  }

  /** Begins to count anew after what the threshold was reached with. */
  startOver(reachedMs: number): void {
    this.#reachedMs = reachedMs;
    this.#times = new RecentTimes();
    this.#values = undefined;
  }

  save(): Json {
    return {
      key: this.key,
      touchedMs: this.touchedMs,
      reachedMs: Number.isFinite(this.#reachedMs) ? this.#reachedMs : null,
      times: this.#times.toArray(),
      values: (this.#values?.save() as unknown as Json | undefined) ?? null,
    };
  }

  /** What `save` made of a group of a rule with this threshold; undefined when it is of another form. */
  static restore(saved: Field, threshold: Threshold): GroupCounts | undefined {
    if (!isJsonObject(saved)) return undefined;
    const { key, reachedMs, times, touchedMs, values } = saved;
    if (typeof key !== "string" || !isNumber(touchedMs) || !isNumberOrNull(reachedMs ?? 0)) return undefined;
    if (!isArrayOf(times, isNumber) || (values !== null && !isSavedValues(values))) return undefined;
    const group = new GroupCounts(key, touchedMs);
    if (isNumber(reachedMs)) group.#reachedMs = reachedMs;
    for (const ms of times) group.#times.add(ms as number, times.length);
    if (values !== null) group.#values = new RecentValues(threshold.values, values);
    return group;
  }
}

function isSavedValues(value: Field): value is Json & SavedValues {
  if (!isJsonObject(value)) return false;
  const { added, estimate, exact, isSorted, registers } = value;
  return exact === undefined
    ? isArrayOf(registers, (each) => isArrayOf(each, isNumber) && each.length % 2 === 0) &&
        isNumber(estimate) &&
        isNumber(added)
    : isArrayOf(exact, isSavedValue) && typeof isSorted === "boolean";
}

function isSavedValue(value: Field): boolean {
  return Array.isArray(value) && typeof value[0] === "string" && isNumber(value[1] as Field);
}
