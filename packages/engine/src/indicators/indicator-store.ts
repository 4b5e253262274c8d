import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";
import { digest } from "../alerts/alert-id.ts";
import type { RuleEvent } from "../rule-event.ts";
import { documentAt, type Indicator } from "./indicator.ts";

/** What the store may hold. */
export interface IndicatorLimits {
  /** Indicators that were given, from files. */
  readonly given: number;
  /** Indicators that came as events. */
  readonly seen: number;
  /** The length of the documents of the latter together, in UTF-16 units. They are saved, as one text. */
  readonly seenUnits: number;
  /** The length of one document. */
  readonly documentUnits: number;
}

export const indicatorLimits: IndicatorLimits = {
  given: 5_000_000,
  seen: 1_000_000,
  seenUnits: 128 * 2 ** 20,
  documentUnits: 256 * 2 ** 10,
};

/** An indicator that is held. The document is text, a third of what it takes as objects; it is only looked at when something matches. */
export class HeldIndicator {
  readonly index: string;
  readonly validUntilMs: number;
  /** The present moment when it came; 0 of one that was given. */
  readonly seenMs: number;
  readonly text: string;
  readonly #common: JsonObject | undefined;
  readonly #id: string | undefined;

  constructor(
    text: string,
    { common, id, index, validUntilMs }: Omit<Indicator, "document">,
    seenMs: number,
  ) {
    this.text = text;
    this.#common = common;
    this.#id = id;
    this.index = index;
    this.validUntilMs = validUntilMs ?? Number.POSITIVE_INFINITY;
    this.seenMs = seenMs;
  }

  get id(): string {
    return this.#id ?? digest(this.text);
  }

  documentAt(nowMs: number): JsonObject {
    return documentAt(nowMs, JSON.parse(this.text) as JsonObject, this.#common);
  }
}

/**
 * The indicators that rules know, each held once and called by a number that is never 0 and never given again. Those from files stay; of those that
 * came as events the oldest goes when there are too many.
 */
export class IndicatorStore {
  readonly #limits: IndicatorLimits;
  /** Called by -1, -2, … */
  readonly #given: HeldIndicator[] = [];
  /** Called by 1, 2, …; the first here by `firstSeen`. Those that have gone leave a gap until the array is cut. */
  #seen: (HeldIndicator | undefined)[] = [];
  #firstSeen = 1;
  #gone = 0;
  #units = 0;
  #dropped = 0;
  #lastEvent: RuleEvent | undefined;
  #lastNumber: number | undefined;

  constructor(limits: IndicatorLimits = indicatorLimits) {
    this.#limits = limits;
  }

  get givenCount(): number {
    return this.#given.length;
  }

  get seenCount(): number {
    return this.#seen.length - this.#gone;
  }

  /** Indicators that were given up, or not taken, since there were too many or they were too long. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Those that were given, in their order. */
  given(): Iterable<HeldIndicator> {
    return this.#given;
  }

  /** The indicator of a number; undefined when it has gone. */
  get(number: number): HeldIndicator | undefined {
    return number < 0 ? this.#given[-number - 1] : this.#seen[number - this.#firstSeen];
  }

  /** Holds an indicator that was given; undefined where there is no room. */
  addGiven(indicator: Indicator): number | undefined {
    const text = this.#textOf(indicator);
    return text === undefined ? undefined : this.addHeld(new HeldIndicator(text, indicator, 0));
  }

  /** Holds one that another store was given; undefined where there is no room. */
  addHeld(held: HeldIndicator): number | undefined {
    if (this.#given.length >= this.#limits.given) {
      this.#dropped += 1;
      return undefined;
    }
    return -this.#given.push(held);
  }

  /** Holds an event as an indicator, once for all rules that want it; undefined where it is too long. */
  addEvent(event: RuleEvent): number | undefined {
    if (event === this.#lastEvent) return this.#lastNumber;
    const source = event.source();
    const { index, nowMs } = source;
    const text = this.#textOf(source);
    this.#lastEvent = event;
    this.#lastNumber =
      text === undefined
        ? undefined
        : this.#addSeen(new HeldIndicator(text, { id: source.id(), index }, nowMs));
    return this.#lastNumber;
  }

  /** Takes back the last one that was given: nobody wants it. */
  removeLastGiven(): void {
    this.#given.pop();
  }

  /** Those that came as events, from the oldest to the newest. */
  save(): Json {
    return this.#seen
      .filter((held) => held !== undefined)
      .map(({ id, index, seenMs, text }) => [text, id, index, seenMs]);
  }

  /** Holds what was saved; gives the numbers, or undefined when it is of another form, and then nothing is held. */
  restore(saved: Json): readonly number[] | undefined {
    if (!Array.isArray(saved) || !saved.every(isSavedIndicator)) return undefined;
    return saved.map(([text, id, index, seenMs]) =>
      this.#addSeen(new HeldIndicator(text, { id, index }, seenMs)),
    );
  }

  #addSeen(held: HeldIndicator): number {
    const number = this.#firstSeen + this.#seen.push(held) - 1;
    this.#units += held.text.length;
    while (this.seenCount > this.#limits.seen || this.#units > this.#limits.seenUnits) this.#dropOldest();
    return number;
  }

  #textOf({ document }: { readonly document: JsonObject }): string | undefined {
    const text = JSON.stringify(document);
    if (text.length <= this.#limits.documentUnits) return text;
    this.#dropped += 1;
    return undefined;
  }

  #dropOldest(): void {
    this.#units -= this.#seen[this.#gone]?.text.length ?? 0;
    this.#seen[this.#gone] = undefined;
    this.#gone += 1;
    this.#dropped += 1;
    if (this.#gone <= this.#seen.length / 2) return;
    this.#seen = this.#seen.slice(this.#gone);
    this.#firstSeen += this.#gone;
    this.#gone = 0;
  }
}

type SavedIndicator = readonly [text: string, id: string, index: string, seenMs: number];

function isSavedIndicator(value: Json): value is Json & SavedIndicator {
  if (!Array.isArray(value)) return false;
  const [text, id, index, seenMs] = value as readonly Json[];
  return isText(text) && isText(id) && isText(index) && typeof seenMs === "number" && isDocument(text);
}

function isText(value: Json | undefined): value is string {
  return typeof value === "string";
}

function isDocument(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text) as Json);
  } catch {
    return false;
  }
}
