import type { ForeignFormatId, ReaderReport } from "@tallyman/telemetry";
import type { InputFailure } from "./input-failure.ts";
import type { RecordFormat } from "./record-format.ts";

/** Why a record became no event. */
export const skipReasons = {
  "invalid-json": "not valid JSON",
  "not-an-object": "not a JSON object",
  "too-long": "longer than the limit for one record",
  "too-deep": "nested too deeply",
  "nul-bytes": "zero bytes instead of text, as a crash leaves them",
  "foreign-record": "no record of the format that the input has",
  "bulk-change": "an update or deletion of a bulk request, not an event",
} as const;

export type SkipReason = keyof typeof skipReasons;

/** Where a record was skipped. */
export interface SkipPlace {
  /** Counted from 1. */
  readonly line: number;
  /** Where in the line the fault is, in characters from 1; undefined when it is the whole. */
  readonly column: number | undefined;
  readonly byteCount: number;
}

/** How many records were skipped for one reason, and where the first of them are. */
export interface Skips {
  readonly count: number;
  readonly places: readonly SkipPlace[];
}

const placesMax = 5;

/** What was read from one input, and what was not. It grows while the input is read. */
export class FileReport {
  /** As it was named; `-` is standard input. Unfit for a terminal as it is. */
  readonly file: string;
  /** What its records are; undefined until one shows it. */
  format: RecordFormat | undefined;
  /** True when that was told by the records, not by the user. */
  isFormatDetected = false;
  /** Bytes read, as stored. */
  storedBytes = 0;
  /** How many bytes there are as stored, where that is known. */
  sizeBytes: number | undefined;
  /** Bytes of text, decompressed. */
  textBytes = 0;
  /** JSON values found, whether they became events or not. Blank lines are none. */
  records = 0;
  events = 0;
  /** Events that came after one with a later time had been handed over. */
  late = 0;
  /** Events without a time that can be read. */
  withoutTimestamp = 0;
  /** Records with bytes that are not UTF-8. Those bytes were read as U+FFFD. */
  invalidUtf8 = 0;
  /** Why the input could not be read, or not to its end. What stands before the fault was read. */
  failure: InputFailure | undefined;
  /** True when it was read to its end. */
  isComplete = false;
  readonly #skips = new Map<SkipReason, { count: number; places: SkipPlace[] }>();

  constructor(file: string) {
    this.file = file;
  }

  /** The records that became no events, by reason. */
  get skips(): ReadonlyMap<SkipReason, Skips> {
    return this.#skips;
  }

  /** How many records became no events. */
  get skipped(): number {
    let skipped = 0;
    for (const { count } of this.#skips.values()) skipped += count;
    return skipped;
  }

  addSkip(reason: SkipReason, place: SkipPlace): void {
    let skips = this.#skips.get(reason);
    if (skips === undefined) {
      skips = { count: 0, places: [] };
      this.#skips.set(reason, skips);
    }
    skips.count += 1;
    if (skips.places.length < placesMax) skips.places.push(place);
  }
}

/** The sums over all inputs. */
export interface InputTotal {
  readonly storedBytes: number;
  readonly textBytes: number;
  readonly records: number;
  readonly events: number;
  readonly skipped: number;
  readonly late: number;
  readonly withoutTimestamp: number;
  readonly invalidUtf8: number;
  /** Inputs that could not be read, or not to their end. */
  readonly failures: number;
}

/** What was read, for a summary. It grows while the inputs are read. */
export class InputReport {
  /** One for each input, in the order in which they were named. */
  readonly files: readonly FileReport[];
  /** How often the buffer that puts events in order was full, and gave its oldest event away early. */
  releasedEarly = 0;
  /** What became of records that are not ECS, by their format. */
  foreign: ReadonlyMap<ForeignFormatId, ReaderReport> = new Map();

  constructor(files: readonly string[]) {
    this.files = files.map((file) => new FileReport(file));
  }

  total(): InputTotal {
    const sum = (count: (file: FileReport) => number): number =>
      this.files.reduce((total, file) => total + count(file), 0);
    return {
      storedBytes: sum((file) => file.storedBytes),
      textBytes: sum((file) => file.textBytes),
      records: sum((file) => file.records),
      events: sum((file) => file.events),
      skipped: sum((file) => file.skipped),
      late: sum((file) => file.late),
      withoutTimestamp: sum((file) => file.withoutTimestamp),
      invalidUtf8: sum((file) => file.invalidUtf8),
      failures: sum((file) => (file.failure === undefined ? 0 : 1)),
    };
  }
}
