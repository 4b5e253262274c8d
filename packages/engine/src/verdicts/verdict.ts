import type { PreparedRules } from "../prepare-rules.ts";

/**
 * What was found out about an event beforehand, in another thread perhaps: where its fields stand that an engine reads, and which conditions it
 * fulfils. An engine that is given it need not look for either.
 */
export interface Verdict {
  /** The rules by which it was judged. An engine with others takes no notice. */
  readonly rules: PreparedRules;
  /** Holds everything below; the same for many verdicts. */
  readonly cells: Int32Array;
  /** The numbers of the fulfilled conditions, ascending, from here to before there. */
  readonly conditionsFrom: number;
  readonly conditionsTo: number;
  /** What `EventScanner.tellPlaces` wrote, likewise. */
  readonly placesFrom: number;
  readonly placesTo: number;
  /** What the scanner says of the event's bytes. */
  readonly hasNonAscii: boolean;
}

// Of each event: how many cells there are, these two included; a bit for what is not ASCII; then, unless there is no verdict, how many conditions, the
// conditions, and the places up to the end.
const headLength = 2;

/** Writes the verdicts on events, one after the other, as numbers that are cheap to send. */
export class VerdictWriter {
  #cells = new Int32Array(4096);
  #length = 0;

  /** The event has no verdict: the engine must look at it itself. */
  none(): void {
    this.#reserve(headLength);
    this.#cells[this.#length] = headLength;
    this.#cells[this.#length + 1] = 0;
    this.#length += headLength;
  }

  /**
   * @param conditions The numbers of the conditions, up to `count`.
   * @param tellPlaces Writes numbers from a place on and gives where they end; no more than `placesMax`.
   */
  add(
    conditions: Int32Array,
    count: number,
    hasNonAscii: boolean,
    placesMax: number,
    tellPlaces: (to: Int32Array, at: number) => number,
  ): void {
    this.#reserve(headLength + 1 + count + placesMax);
    const cells = this.#cells;
    const start = this.#length;
    let at = start + headLength;
    cells[at] = count;
    at += 1;
    for (let i = 0; i < count; i++) cells[at + i] = conditions[i] as number;
    at = tellPlaces(cells, at + count);
    cells[start] = at - start;
    cells[start + 1] = hasNonAscii ? 1 : 0;
    this.#length = at;
  }

  /** What was written since the last time, in memory of its own. */
  take(): Int32Array<ArrayBuffer> {
    const taken = this.#cells.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #reserve(count: number): void {
    const length = this.#length + count;
    if (length <= this.#cells.length) return;
    const larger = new Int32Array(Math.max(length, 2 * this.#cells.length));
    larger.set(this.#cells.subarray(0, this.#length));
    this.#cells = larger;
  }
}

/** The verdicts that a `VerdictWriter` wrote, in their order; undefined where there is none. */
export function readVerdicts(cells: Int32Array, rules: PreparedRules): readonly (Verdict | undefined)[] {
  const verdicts: (Verdict | undefined)[] = [];
  for (let at = 0; at < cells.length; ) {
    const placesTo = at + (cells[at] as number);
    const conditionsFrom = at + headLength + 1;
    const conditionsTo = conditionsFrom + (cells[at + headLength] as number);
    verdicts.push(
      placesTo === at + headLength
        ? undefined
        : {
            rules,
            cells,
            conditionsFrom,
            conditionsTo,
            placesFrom: conditionsTo,
            placesTo,
            hasNonAscii: cells[at + 1] === 1,
          },
    );
    at = placesTo;
  }
  return verdicts;
}
