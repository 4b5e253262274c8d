import type { Json, JsonObject } from "@tallyman/ecs";
import {
  type Alert,
  Engine,
  type EngineOptions,
  type EngineReport,
  type IncomingEvent,
  type IndexAlias,
  type Indicator,
  type PreparedRules,
  type RuleReport,
} from "@tallyman/engine";

/** What came of replacing rules. */
export interface Replaced {
  /** The present states of alerts in which others were counted. */
  readonly alerts: readonly Alert[];
  /** How many rules have changed so that they begin anew. */
  readonly restarted: number;
}

/** An engine whose rules can be replaced while it runs. Rules that stay the same keep what they remember. */
export class LiveEngine {
  readonly #options: EngineOptions;
  #engine: Engine;
  /** What was done before this engine, and is not in its own report. */
  #earlier: EngineReport | undefined;

  constructor(prepared: PreparedRules, options: EngineOptions) {
    this.#options = options;
    this.#engine = new Engine(prepared, options);
  }

  /** As the engine's; another with other rules. */
  /** The other names that events have. */
  get aliases(): readonly IndexAlias[] {
    return this.#options.aliases ?? [];
  }

  get sharedFields(): readonly string[] {
    return this.#engine.sharedFields;
  }

  process(event: IncomingEvent): readonly Alert[] {
    return this.#engine.process(event);
  }

  advance(ms: number): readonly Alert[] {
    return this.#engine.advance(ms);
  }

  flush(): readonly Alert[] {
    return this.#engine.flush();
  }

  learn(event: IncomingEvent): void {
    this.#engine.learn(event);
  }

  addIndicators(given: Iterable<Indicator>): number {
    return this.#engine.addIndicators(given);
  }

  rehearse(event: IncomingEvent): void {
    this.#engine.rehearse(event);
  }

  save(): JsonObject {
    return this.#engine.save() as JsonObject;
  }

  restore(saved: Json): number | undefined {
    return this.#engine.restore(saved);
  }

  /** Puts other rules in the place of those that run. To be called between two events. */
  replace(prepared: PreparedRules): Replaced {
    // What rules that go or change have counted would otherwise never be given.
    const alerts = this.#engine.flush();
    const saved = this.#engine.save();
    const done = this.report();
    const before = this.#engine;
    this.#engine = new Engine(prepared, this.#options);
    this.#engine.takeIndicatorsFrom(before);
    const restarted = this.#engine.restore(saved) ?? 0;
    // Some counts are a part of the state.
    this.#earlier = withoutPart(done, this.#engine.report());
    return { alerts, restarted };
  }

  report(): EngineReport {
    const report = this.#engine.report();
    return this.#earlier === undefined ? report : added(this.#earlier, report);
  }
}

/** The sums of two reports. Rules that are in one of them only stay. */
function added(earlier: EngineReport, later: EngineReport): EngineReport {
  const rules = new Map(earlier.rules.map((report) => [report.rule.rule_id, report]));
  const ofLater = later.rules.map((report): RuleReport => {
    const before = rules.get(report.rule.rule_id);
    rules.delete(report.rule.rule_id);
    return before === undefined ? report : plus(report, before);
  });
  return { ...plus(later, earlier), rules: [...ofLater, ...rules.values()] };
}

/** What a report has beyond another. Indicators are those of now, of which nothing is beyond. */
function withoutPart(whole: EngineReport, part: EngineReport): EngineReport {
  const ofPart = new Map(part.rules.map((report) => [report.rule.rule_id, report]));
  const rules = whole.rules.map((report) => {
    const own = ofPart.get(report.rule.rule_id);
    return own === undefined ? report : plus(report, own, -1);
  });
  return { ...plus(whole, part, -1), indicators: 0, rules };
}

/** The first with the numbers of the second added to its own, so many times. */
function plus<T extends object>(one: T, other: T, times = 1): T {
  const others = new Map<string, unknown>(Object.entries(other));
  const entries = Object.entries(one).map(([key, value]) => {
    const more = others.get(key);
    return [key, typeof value === "number" && typeof more === "number" ? value + times * more : value];
  });
  return Object.fromEntries(entries) as T;
}
