import { formatTimestamp, type Json, type JsonObject } from "@tallyman/ecs";
import type { Alert } from "../alerts/alert.ts";
import { digestOf } from "../alerts/alert-id.ts";
import type { SignalBudget } from "../alerts/signal-budget.ts";
import { AgeList } from "../sequence/age-list.ts";
import { StreamTime } from "../time/stream-time.ts";
import { isSavedSuppression, type SavedSuppression } from "./saved-suppression.ts";
import { groupsOf, type SuppressionPlan, type SuppressionValue } from "./suppression-plan.ts";

/** What a rule has found, on its way to become an alert or to be counted in one. */
export interface Suppressible {
  /** The alerts of the finding; the last stands for all. */
  readonly alerts: readonly Alert[];
  /** Where the values stand that alerts are grouped by. */
  readonly document: JsonObject;
  /** When it happened by the rule, in epoch milliseconds. */
  readonly timeMs: number;
}

/** So many groups of a rule are open at most; the oldest are ended early. */
const groupsMax = 10_000;

/**
 * Alert suppression of one rule: of alerts with the same values in the rule's fields the first is raised at once, and those that follow within the
 * group's time are counted in it. When that time is over, or the stream ends, the alert is given again with the count (`isUpdate`). Source:
 * detection engine, alert suppression; there an alert is updated in its index as each run finds more.
 */
export class Suppressor {
  readonly #ruleId: string;
  readonly #plan: SuppressionPlan;
  readonly #budget: SignalBudget;
  readonly #groupsMax: number;
  readonly #groups = new Map<string, Group>();
  readonly #byAge = new AgeList<Group>();
  #time = new StreamTime();
  #suppressed = 0;
  #dropped = 0;
  #cut = 0;

  constructor(ruleId: string, plan: SuppressionPlan, budget: SignalBudget, max = groupsMax) {
    this.#ruleId = ruleId;
    this.#plan = plan;
    this.#budget = budget;
    this.#groupsMax = max;
  }

  /** Alerts that were not raised but counted in another. */
  get suppressed(): number {
    return this.#suppressed;
  }

  /** Groups that were ended early since there were too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Groups of single documents beyond the number that one may have; in these it is neither raised nor counted. */
  get cut(): number {
    return this.#cut;
  }

  /** The alerts to be raised now, and states of earlier ones that end with this. */
  take(found: Suppressible): readonly Alert[] {
    const last = found.alerts.at(-1);
    if (last === undefined) return [];
    const { cut, groups } = groupsOf(found.document, this.#plan, found.alerts.length > 1);
    this.#cut += cut;
    if (groups.length === 0) return this.#budget.take(found.timeMs) ? found.alerts : [];
    return groups.flatMap((values) => this.#takeInto(values, found, last));
  }

  /** States of alerts whose groups have ended before a moment, which is the present from now on. To be called for every event. */
  endBefore(ms: number): readonly Alert[] {
    // Where time has turned back, no group that is open is of the present.
    const isTurnedBack = this.#time.moveTo(ms);
    const updates: Alert[] = [];
    for (const group of this.#byAge) {
      if (group.lastMs >= this.#time.nowMs && !isTurnedBack) break;
      updates.push(...this.#end(group));
    }
    return updates;
  }

  /** States of all alerts in which something was counted since they were last given; their groups stay open. */
  flush(): readonly Alert[] {
    return Array.from(this.#byAge).flatMap((group) => stateOf(group));
  }

  save(): SavedSuppression {
    const groups = Array.from(
      this.#byAge,
      ({ alert, count, endMs, isChanged, key, lastMs, nowMs, startMs }) => ({
        alert: alert as unknown as JsonObject,
        count,
        endMs,
        isChanged,
        key,
        lastMs,
        nowMs,
        startMs,
      }),
    );
    return { nowMs: this.#time.nowMs, groups };
  }

  /** Takes up what was saved; false, and nothing is taken up, when it is of another form. */
  restore(saved: Json | undefined): boolean {
    if (!isSavedSuppression(saved)) return false;
    this.#time = new StreamTime(saved.nowMs);
    for (const { alert, ...rest } of saved.groups) {
      this.#open({
        ...rest,
        alert: alert as unknown as Alert,
        older: undefined,
        newer: undefined,
      });
    }
    return true;
  }

  #takeInto(values: readonly SuppressionValue[], found: Suppressible, last: Alert): readonly Alert[] {
    const key = JSON.stringify(values);
    const { timeMs } = found;
    const { nowMs } = this.#time;
    const open = this.#groups.get(key);
    if (open !== undefined && nowMs <= open.lastMs) {
      open.count += 1;
      open.startMs = Math.min(open.startMs, timeMs);
      open.endMs = Math.max(open.endMs, timeMs);
      open.nowMs = nowMs;
      open.isChanged = true;
      this.#suppressed += 1;
      return [];
    }
    const updates = open === undefined ? [] : this.#end(open);
    if (!this.#budget.take(timeMs)) return updates;
    const alert = this.#grouped(last, values);
    const group: Group = {
      key,
      alert,
      count: 0,
      startMs: timeMs,
      endMs: timeMs,
      lastMs: this.#lastMoment(nowMs),
      nowMs,
      isChanged: false,
      older: undefined,
      newer: undefined,
    };
    this.#open(group);
    return [...updates, ...this.#makeRoom(), ...found.alerts.slice(0, -1), withCounts(group)];
  }

  /** The last moment of a group that begins now. */
  #lastMoment(nowMs: number): number {
    const { durationMs, intervalMs } = this.#plan;
    if (durationMs !== undefined) return nowMs + durationMs;
    return (Math.floor(nowMs / intervalMs) + 1) * intervalMs - 1;
  }

  #grouped(alert: Alert, values: readonly SuppressionValue[]): Alert {
    const terms = this.#plan.fields.map(({ path }, i) => ({ field: path, value: values[i] ?? null }));
    // Where an event belongs to several groups, each has its own alert.
    const id = this.#plan.arrays === "each" ? digestOf([alert.id, terms as unknown as Json]) : alert.id;
    return {
      ...alert,
      id,
      document: {
        ...alert.document,
        "kibana.alert.uuid": id,
        "kibana.alert.instance.id": digestOf([this.#ruleId, terms as unknown as Json]),
        "kibana.alert.suppression.terms": terms as unknown as Json,
      },
    };
  }

  #open(group: Group): void {
    this.#groups.set(group.key, group);
    this.#byAge.append(group);
  }

  #end(group: Group): readonly Alert[] {
    this.#groups.delete(group.key);
    this.#byAge.remove(group);
    return stateOf(group);
  }

  #makeRoom(): readonly Alert[] {
    const { oldest } = this.#byAge;
    if (this.#byAge.size <= this.#groupsMax || oldest === undefined) return [];
    this.#dropped += 1;
    return this.#end(oldest);
  }
}

/** Alerts with the same values, from the first of them on. */
interface Group {
  readonly key: string;
  /** The first one. */
  readonly alert: Alert;
  /** How many were counted in it. */
  count: number;
  /** When the first and the last of them happened by the rule. */
  startMs: number;
  endMs: number;
  /** The last moment at which more are counted. */
  readonly lastMs: number;
  /** When the last one was found. */
  nowMs: number;
  /** True when something was counted since the alert was last given. */
  isChanged: boolean;
  older: Group | undefined;
  newer: Group | undefined;
}

/** The alert as it is now; none when it was given so before. */
function stateOf(group: Group): readonly Alert[] {
  if (!group.isChanged) return [];
  group.isChanged = false;
  return [{ ...withCounts(group), isUpdate: true }];
}

function withCounts({ alert, count, endMs, nowMs, startMs }: Group): Alert {
  return {
    ...alert,
    document: {
      ...alert.document,
      "kibana.alert.last_detected": formatTimestamp(nowMs),
      "kibana.alert.suppression.start": formatTimestamp(startMs),
      "kibana.alert.suppression.end": formatTimestamp(endMs),
      "kibana.alert.suppression.docs_count": count,
    },
  };
}
