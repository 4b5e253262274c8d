import type { InputFailure } from "../input/input-failure.ts";

/** Where the first lines that were not used stand; of each reason so many. */
const placesMax = 5;

/** What was read from one file of indicators, and what was not. It grows while the file is read. */
export class IndicatorReport {
  /** As it was named. Unfit for a terminal as it is. */
  readonly file: string;
  count = 0;
  /** Why the file could not be read, or not to its end. */
  failure: InputFailure | undefined;
  readonly #skips = new Map<string, { count: number; lines: number[] }>();

  constructor(file: string) {
    this.file = file;
  }

  /** What stood in the file and is no indicator, by reason. A reason continues "so many …". */
  get skips(): ReadonlyMap<string, { readonly count: number; readonly lines: readonly number[] }> {
    return this.#skips;
  }

  skip(reason: string, line: number): void {
    let skips = this.#skips.get(reason);
    if (skips === undefined) {
      skips = { count: 0, lines: [] };
      this.#skips.set(reason, skips);
    }
    skips.count += 1;
    if (skips.lines.length < placesMax) skips.lines.push(line);
  }
}
