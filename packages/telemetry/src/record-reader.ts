import type { JsonObject } from "@tallyman/ecs";
import type { HostsReport } from "./host-models.ts";

/** Turns the records of one format into ECS documents, in the order in which they come. Nothing is thrown, whatever the records are. */
export interface RecordReader {
  /** The documents that a record gives or completes; undefined when it is no record of this format. */
  take(record: JsonObject): readonly JsonObject[] | undefined;
  /** The documents of what is still incomplete, when nothing more is going to come. */
  end(): readonly JsonObject[];
  report(): ReaderReport;
}

/** What became of the records. */
export interface ReaderReport extends HostsReport {
  readonly records: number;
  readonly documents: number;
  /** Records, or events that were made of several, of which no rule could see anything: how many, by the reason. */
  readonly unused: ReadonlyMap<string, number>;
  /** Events that were read without all of their records, since there were too many at a time. */
  readonly cutEvents: number;
  /** Sockets forgotten for lack of room: of connections through them it is not known whether they are TCP. */
  readonly forgottenSockets: number;
}

/** Counts by reason. The reasons come from a fixed list, so that they cannot grow. */
export class UnusedCounts<Reason extends string> {
  readonly #texts: Readonly<Record<Reason, string>>;
  readonly #counts = new Map<Reason, number>();

  /** @param texts What is said of each. */
  constructor(texts: Readonly<Record<Reason, string>>) {
    this.#texts = texts;
  }

  add(reason: Reason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  /** The most frequent first. */
  byText(): ReadonlyMap<string, number> {
    const counts = [...this.#counts].sort(([, a], [, b]) => b - a);
    return new Map(counts.map(([reason, count]) => [this.#texts[reason], count]));
  }
}
