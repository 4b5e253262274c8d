import { EventScanner } from "@tallyman/ecs";
import { compileIndexPatterns } from "@tallyman/rules";
import type { Selection } from "../conditions/condition.ts";
import { IndexedEvaluator } from "../conditions/indexed-evaluator.ts";
import type { EventBytes } from "../incoming-event.ts";
import type { PreparedRules, ReadyRule } from "../prepare-rules.ts";
import { IndexNames } from "../routing/data-stream.ts";
import { type IndexAlias, readyAlias } from "../routing/index-alias.ts";
import { type Destination, Router } from "../routing/router.ts";
import { EventTimes } from "../time/event-time.ts";
import type { VerdictWriter } from "./verdict.ts";

export interface JudgeOptions {
  /** The fields whose places the engine wants to be told: its `sharedFields`. */
  readonly sharedFields: readonly string[];
  /** As the engine's, like what follows. */
  readonly aliases?: readonly IndexAlias[] | undefined;
  readonly indexName?: string | undefined;
}

/**
 * Does the part of an engine's work that depends on nothing but the event at hand: reads it, and finds the conditions that it fulfils. So there may be
 * any number of judges, in threads of their own, while one engine holds all state. Both have compiled the same rules.
 */
export class EventJudge {
  readonly #scanner: EventScanner;
  readonly #evaluator: IndexedEvaluator;
  readonly #indexNames: IndexNames;
  readonly #indexName: string | undefined;
  readonly #times: EventTimes;
  readonly #router: Router<ReadyRule>;
  readonly #selections = new Map<Destination<ReadyRule>, Selection>();

  constructor(
    { catalogue, conditions, ready, slots }: PreparedRules,
    { aliases, indexName, sharedFields }: JudgeOptions,
  ) {
    this.#indexNames = new IndexNames(slots);
    this.#indexName = indexName;
    this.#times = new EventTimes(slots);
    this.#router = new Router(
      ready.map((target) => ({ target, patterns: target.plan.patterns })),
      compileIndexPatterns,
      aliases?.map((alias) => readyAlias(alias, catalogue, slots)),
    );
    // All of them are in the table, or they could not be told.
    for (const path of sharedFields) slots.slot(path, "scalar");
    this.#evaluator = new IndexedEvaluator(conditions, slots);
    this.#scanner = new EventScanner(slots);
    this.#scanner.share(sharedFields);
  }

  /**
   * Judges an event. There is no verdict where the event must be parsed, and where it has no time: that it has then depends on the events before it.
   *
   * @param storedIn The index that it was stored in, where the source knows.
   */
  judge({ buffer, end, start }: EventBytes, storedIn: string | undefined, verdicts: VerdictWriter): void {
    const scanner = this.#scanner;
    const nowMs = scanner.scan(buffer, start, end) ? this.#times.timeOf(scanner)?.ms : undefined;
    if (nowMs === undefined) {
      verdicts.none();
      return;
    }
    const index = this.#indexNames.nameOf(scanner, storedIn, this.#indexName);
    const { count, numbers } =
      index === undefined
        ? nothing
        : this.#evaluator.evaluate(this.#selectionOf(index, nowMs), scanner, nowMs);
    verdicts.add(numbers, count, scanner.hasNonAscii, scanner.placesLengthMax, (to, at) =>
      scanner.tellPlaces(to, at),
    );
  }

  #selectionOf(index: string, nowMs: number): Selection {
    const { destination } = this.#router.wayOf(index, this.#scanner, nowMs);
    const known = this.#selections.get(destination);
    if (known !== undefined) return known;
    const selection = {
      number: destination.number,
      conditions: destination.targets.flatMap(({ conditions }) => conditions.map(({ number }) => number)),
    };
    if (destination.number >= 0) this.#selections.set(destination, selection);
    return selection;
  }
}

const nothing = { count: 0, numbers: new Int32Array() };
