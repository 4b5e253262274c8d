import type { Program } from "@tallyman/languages";
import type { Rule } from "@tallyman/rules";
import type { Alert } from "../alerts/alert.ts";
import type { Condition, ConditionEvaluator, Fulfilled } from "../conditions/condition.ts";
import type { PreparedRules } from "../prepare-rules.ts";
import type { Detector, Finding } from "../rule-types/rule-type.ts";

/** Milliseconds since some moment, with fractions: the engine has no clock of its own. */
export type Stopwatch = () => number;

/** What a rule has cost so far. */
export interface RuleProfile {
  readonly rule: Rule;
  /** Events for which one of its conditions had to be looked at: the index could not rule it out, or decided by the kind of event alone. */
  readonly candidates: number;
  /** How often a clause of its conditions was evaluated for those. */
  readonly evaluations: number;
  /** Events that fulfil one of its conditions. */
  readonly matches: number;
  /** Time in its conditions. The first that asks for a field of an event pays for reading that. */
  readonly conditionsMs: number;
  /** Time in what it remembers: terms, sequences, ancestors. */
  readonly detectionMs: number;
  /** Time in making its alerts. */
  readonly alertsMs: number;
}

export interface Profile {
  /** Events for which conditions were evaluated. */
  readonly events: number;
  /** Time for which no single rule is to blame: finding out which clauses are to be evaluated. */
  readonly indexMs: number;
  /** In the order of the rules; after them those that ran before. */
  readonly rules: readonly RuleProfile[];
}

/**
 * Measures what each rule costs an engine: it puts itself around the engine's parts when these are made, so that an engine without one pays nothing. An
 * engine may take another's place; the same rules are then measured on.
 * What asking the stopwatch costs is measured first and left out.
 */
export class RuleProfiler {
  readonly #now: Stopwatch;
  readonly #lapMs: number;
  /** By the ids of rules, those included that run no more. */
  readonly #rowsById = new Map<string, Row>();
  /** Of the rules that run, in their order. */
  #rows: readonly Row[] = [];
  /** By condition: the row of its rule. */
  #rowOf: readonly Row[] = [];
  #events = 0;
  #laps = 0;
  #evaluatorMs = 0;

  constructor(now: Stopwatch) {
    this.#now = now;
    this.#lapMs = lapOf(now);
  }

  /** To be told the rules of an engine before what it puts around its parts. A rule with the id of an earlier one goes on where that was. */
  begin({ ready }: PreparedRules): void {
    this.#rows = ready.map(({ rule }) => {
      const row = this.#rowsById.get(rule.rule_id) ?? newRow(rule);
      row.rule = rule;
      this.#rowsById.set(rule.rule_id, row);
      return row;
    });
    this.#rowOf = ready.flatMap(({ conditions }, i) => conditions.map(() => this.#rows[i] as Row));
  }

  profile(): Profile {
    const rows = [...new Set([...this.#rows, ...this.#rowsById.values()])];
    const inConditions = rows.reduce((sum, { conditionsMs }) => sum + conditionsMs, 0);
    // Each of the two askings of a lap lies within what is measured around it.
    const others = inConditions + 2 * this.#laps * this.#lapMs;
    return {
      events: this.#events,
      indexMs: Math.max(0, this.#evaluatorMs - others),
      rules: rows.map(({ alertsMs, candidates, conditionsMs, detectionMs, evaluations, matches, rule }) => {
        return { rule, candidates, evaluations, matches, conditionsMs, detectionMs, alertsMs };
      }),
    };
  }

  /** A part of a condition, watched. */
  aroundProgram(program: Program, { number }: Condition): Program {
    const row = this.#rowOf[number] as Row;
    return {
      matches: (event, nowMs, surroundings) => {
        this.#noteCandidate(row);
        row.evaluations += 1;
        const from = this.#now();
        const holds = program.matches(event, nowMs, surroundings);
        row.conditionsMs += this.#since(from);
        this.#laps += 1;
        return holds;
      },
    };
  }

  aroundEvaluator(evaluator: ConditionEvaluator): ConditionEvaluator {
    return {
      get count() {
        return evaluator.count;
      },
      evaluate: (selection, event, nowMs) => {
        this.#events += 1;
        const from = this.#now();
        const fulfilled = evaluator.evaluate(selection, event, nowMs);
        this.#evaluatorMs += this.#since(from);
        this.#noteMatches(fulfilled);
        return fulfilled;
      },
    };
  }

  /** @param place The place of its rule among those that are ready. */
  aroundDetector(detector: Detector, place: number): Detector {
    const row = this.#rows[place] as Row;
    const timed = <Args extends readonly unknown[], Result>(
      run: (...args: Args) => Result,
    ): ((...args: Args) => Result) => {
      return (...args) => {
        const from = this.#now();
        const result = run(...args);
        row.detectionMs += this.#since(from);
        return result;
      };
    };
    const { advanceTo } = detector;
    return {
      ...detector,
      onEvent: timed((event, timeMs) => detector.onEvent(event, timeMs)),
      learn: timed((event, timeMs) => detector.learn(event, timeMs)),
      ...(advanceTo === undefined ? {} : { advanceTo: timed(advanceTo) }),
    };
  }

  /** What makes alerts of a finding, watched. */
  aroundAlerts<Owner extends { readonly rule: Rule }>(
    build: (owner: Owner, finding: Finding, timeMs: number) => readonly Alert[],
  ): typeof build {
    const rows = new Map(this.#rows.map((row) => [row.rule, row]));
    return (owner, finding, timeMs) => {
      const from = this.#now();
      const alerts = build(owner, finding, timeMs);
      const row = rows.get(owner.rule);
      if (row !== undefined) row.alertsMs += this.#since(from);
      return alerts;
    };
  }

  #since(from: number): number {
    return Math.max(0, this.#now() - from - this.#lapMs);
  }

  #noteCandidate(row: Row): void {
    if (row.candidateAt === this.#events) return;
    row.candidateAt = this.#events;
    row.candidates += 1;
  }

  #noteMatches({ count, numbers }: Fulfilled): void {
    for (let i = 0; i < count; i++) {
      const row = this.#rowOf[numbers[i] as number] as Row;
      this.#noteCandidate(row);
      if (row.matchedAt === this.#events) continue;
      row.matchedAt = this.#events;
      row.matches += 1;
    }
  }
}

interface Row {
  rule: Rule;
  candidates: number;
  evaluations: number;
  matches: number;
  conditionsMs: number;
  detectionMs: number;
  alertsMs: number;
  /** The last event that counted as a candidate, and as a match. */
  candidateAt: number;
  matchedAt: number;
}

function newRow(rule: Rule): Row {
  return {
    rule,
    candidates: 0,
    evaluations: 0,
    matches: 0,
    conditionsMs: 0,
    detectionMs: 0,
    alertsMs: 0,
    candidateAt: 0,
    matchedAt: 0,
  };
}

/** How much time passes between two askings of a stopwatch with nothing between them. */
function lapOf(now: Stopwatch): number {
  const laps = 10_000;
  const from = now();
  for (let i = 1; i < laps; i++) now();
  return (now() - from) / laps;
}
