import type { JsonObject, Timestamp } from "@tallyman/ecs";
import { ByteSource } from "./byte-source.ts";
import type { ByteStore } from "./byte-store.ts";
import { EventDecoder } from "./decode-event.ts";
import type { FilePosition, InputPositions } from "./input-position.ts";
import type { FileReport } from "./input-report.ts";
import { NumberedEvent, type PendingEvent } from "./pending-event.ts";
import type { RawRecord } from "./raw-record.ts";
import { RecordSplitter } from "./record-splitter.ts";

/** How an input is read. */
export interface FileReading {
  readonly timestampOf: (document: JsonObject) => Timestamp | undefined;
  readonly chunkBytes: number;
  readonly recordBytesMax: number;
  /** Where records wait for their turn. */
  readonly store: ByteStore;
  /** What was processed by an earlier run, which is passed over. */
  readonly positions?: InputPositions | undefined;
  /** True when events are handed over without being parsed, where that can be done. */
  readonly isLazy: boolean;
}

/** A batch is handed over when it has this many events, so that a chunk of very many small ones is not held decoded. */
const batchEvents = 512;

/** The events of one input. Nothing is thrown: what goes wrong is in the report. */
export class FileEvents {
  /** In the order in which they stand, in batches that are not empty. The input is opened when the first is asked for. */
  readonly batches: AsyncGenerator<PendingEvent[]>;
  readonly #report: FileReport;
  readonly #source: ByteSource;
  readonly #splitter: RecordSplitter;
  readonly #decoder: EventDecoder;
  readonly #position: FilePosition | undefined;

  constructor(report: FileReport, reading: FileReading) {
    this.#report = report;
    this.#source = new ByteSource(report.file, reading.chunkBytes);
    this.#splitter = new RecordSplitter(reading.recordBytesMax);
    this.#decoder = new EventDecoder(report, reading.timestampOf, reading.store, reading.isLazy);
    this.#position = reading.positions?.of(report.file);
    this.batches = this.#read();
  }

  /** Ends the batches, also where they wait for a pipe. */
  close(): void {
    this.#source.close();
  }

  async *#read(): AsyncGenerator<PendingEvent[]> {
    const source = this.#source;
    const report = this.#report;
    for await (const chunk of source) {
      this.#splitter.push(chunk);
      this.#count();
      yield* this.#decoded();
    }
    this.#count();
    report.failure = source.failure;
    report.isComplete = source.isComplete;
    // What was closed ends anywhere in a record, and that is not the record's fault.
    if (!source.isComplete && source.failure === undefined) return;
    this.#splitter.end();
    yield* this.#decoded();
  }

  *#decoded(): Generator<PendingEvent[]> {
    let batch: PendingEvent[] = [];
    for (let record = this.#splitter.next(); record !== undefined; record = this.#splitter.next()) {
      if (this.#position === undefined) this.#decoder.take(record, batch);
      else this.#takeNew(record, batch, this.#position);
      if (batch.length < batchEvents) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  /** Takes what of a record was not processed by an earlier run. */
  #takeNew(record: RawRecord, batch: PendingEvent[], position: FilePosition): void {
    if (record.bytes !== undefined) position.begin(record.bytes);
    const before = batch.length;
    const decodedBefore = this.#report.events;
    this.#decoder.take(record, batch);
    const decoded = this.#report.events - decodedBefore;
    for (const event of batch.splice(before)) {
      const ordinal = position.admit();
      if (ordinal !== undefined) batch.push(new NumberedEvent(event, ordinal, position));
      else {
        event.discard();
        if (decoded > 0) this.#report.events -= 1;
      }
    }
  }

  #count(): void {
    this.#report.storedBytes = this.#source.storedBytes;
    this.#report.sizeBytes = this.#source.sizeBytes;
    this.#report.textBytes = this.#source.textBytes;
  }
}
