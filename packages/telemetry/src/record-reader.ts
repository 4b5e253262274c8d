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

/** Counts what becomes of records. The reasons for which nothing does come from a fixed list, so that they cannot grow. */
export class RecordCounts<Reason extends string> {
  readonly #texts: Readonly<Record<Reason, string>>;
  readonly #unused = new Map<Reason, number>();
  records = 0;
  #documents = 0;

  /** @param texts What is said of each reason. */
  constructor(texts: Readonly<Record<Reason, string>>) {
    this.#texts = texts;
  }

  /** Counts what a record, or an event that was made of several, has given, and gives the documents. */
  given(found: readonly JsonObject[] | Reason): readonly JsonObject[] {
    if (typeof found === "string") {
      this.#unused.set(found, (this.#unused.get(found) ?? 0) + 1);
      return [];
    }
    this.#documents += found.length;
    return found;
  }

  /** The most frequent reasons first. */
  report(): Pick<ReaderReport, "records" | "documents" | "unused"> {
    const counts = [...this.#unused].sort(([, a], [, b]) => b - a);
    const unused = new Map(counts.map(([reason, count]) => [this.#texts[reason], count]));
    return { records: this.records, documents: this.#documents, unused };
  }
}
