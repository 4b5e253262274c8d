import { isJsonObject, type Json } from "@tallyman/ecs";
import { AgeList } from "../../sequence/age-list.ts";
import { type Field, isArrayOf, isNumberOrNull } from "../../sequence/json-form.ts";
import { GroupCounts, type ReachedThreshold, type Threshold } from "./group-counts.ts";

/** What the groups of one rule may take together. */
export interface GroupLimits {
  readonly groups: number;
  /** Times of events, eight bytes each. */
  readonly events: number;
  /** Different values, about a hundred bytes each. */
  readonly values: number;
}

export const groupLimits: GroupLimits = { groups: 100_000, events: 2_000_000, values: 500_000 };

/**
 * The groups of a threshold rule. A group without events for as long as the window reaches is forgotten; when there are too many, the one that has
 * been without for longest goes.
 */
export class GroupTable {
  readonly #threshold: Threshold;
  readonly #limits: GroupLimits;
  readonly #groups = new Map<string, GroupCounts>();
  /** In the order in which they last had an event. */
  readonly #ages = new AgeList<GroupCounts>();
  #newestMs = Number.NEGATIVE_INFINITY;
  #events = 0;
  #values = 0;
  #dropped = 0;

  constructor(threshold: Threshold, limits: GroupLimits = groupLimits) {
    this.#threshold = threshold;
    this.#limits = limits;
  }

  /** Groups that were given up for lack of room. */
  get dropped(): number {
    return this.#dropped;
  }

  get size(): number {
    return this.#ages.size;
  }

  /** Counts an event of a group; what the group has come to when that reaches the threshold, and then its count begins anew. */
  add(key: string, ms: number, values: readonly string[]): ReachedThreshold | undefined {
    this.#newestMs = Math.max(this.#newestMs, ms);
    this.#forgetPast();
    let group = this.#groups.get(key);
    if (group === undefined) group = new GroupCounts(key, this.#newestMs);
    else this.#remove(group);
    const reached = group.add(ms, values, this.#threshold);
    if (reached !== undefined) group.startOver(reached.toMs);
    group.touchedMs = this.#newestMs;
    this.#append(group);
    while (this.#isOverfull() && this.#ages.size > 1) {
      this.#remove(this.#ages.oldest as GroupCounts);
      this.#dropped += 1;
    }
    return reached;
  }

  save(): Json {
    return {
      newestMs: Number.isFinite(this.#newestMs) ? this.#newestMs : null,
      groups: Array.from(this.#ages, (group) => group.save()),
    };
  }

  /** Fills an empty table with what was saved; false, and nothing is taken up, when it is of another form. */
  restore(saved: Json): boolean {
    if (!isJsonObject(saved) || !isNumberOrNull(saved["newestMs"]) || !isArrayOf(saved["groups"], isAnything))
      return false;
    const groups = saved["groups"].map((each) => GroupCounts.restore(each, this.#threshold));
    if (groups.includes(undefined)) return false;
    for (const group of groups as readonly GroupCounts[]) this.#append(group);
    this.#newestMs = (saved["newestMs"] as number | null) ?? Number.NEGATIVE_INFINITY;
    return true;
  }

  /** By the time at which a group was last touched, not by that of its events: one host's clock may be behind all others'. */
  #forgetPast(): void {
    const startMs = this.#newestMs - this.#threshold.windowMs;
    for (let oldest = this.#ages.oldest; oldest !== undefined; oldest = this.#ages.oldest) {
      if (oldest.touchedMs >= startMs) return;
      this.#remove(oldest);
    }
  }

  #isOverfull(): boolean {
    const { events, groups, values } = this.#limits;
    return this.#ages.size > groups || this.#events > events || this.#values > values;
  }

  #append(group: GroupCounts): void {
    this.#groups.set(group.key, group);
    this.#ages.append(group);
    this.#events += group.eventCount;
    this.#values += group.valueWeight;
  }

  #remove(group: GroupCounts): void {
    this.#groups.delete(group.key);
    this.#ages.remove(group);
    this.#events -= group.eventCount;
    this.#values -= group.valueWeight;
  }
}

function isAnything(_: Field): boolean {
  return true;
}
