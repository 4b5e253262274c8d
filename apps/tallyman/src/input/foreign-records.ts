import type { JsonObject, Timestamp } from "@tallyman/ecs";
import {
  type ForeignFormatId,
  foreignFormats,
  type ReaderReport,
  type RecordReader,
} from "@tallyman/telemetry";
import { version } from "../version.ts";
import type { InputEvent, Origin } from "./input-event.ts";
import type { InputPositions } from "./input-position.ts";
import type { FileReport } from "./input-report.ts";

/**
 * So many of the last records count as not processed, for a run that is cut off: they may be parts of events that wait for more. More than a batch has, so that
 * what came of the others has been processed by then. Events that are read a second time are known by their ids.
 */
const unsettledMax = 4096;

/**
 * Turns records of other programs into ECS events. That happens once they are in order of time, for all inputs of a format together: what an event tells of a process
 * belongs to those that come later, in whatever file.
 */
export class ForeignRecords {
  readonly #timestampOf: (document: JsonObject) => Timestamp | undefined;
  readonly #files: ReadonlyMap<string, FileReport>;
  readonly #readers = new Map<ForeignFormatId, RecordReader>();
  /** Where the last record of a format stood: the rest of it is given when all are read. */
  readonly #last = new Map<ForeignFormatId, InputEvent>();
  readonly #positions: InputPositions | undefined;
  #unsettled: Pick<InputEvent, "ordinal" | "origin">[] = [];

  constructor(
    files: ReadonlyMap<string, FileReport>,
    timestampOf: (document: JsonObject) => Timestamp | undefined,
    positions?: InputPositions,
  ) {
    this.#files = files;
    this.#timestampOf = timestampOf;
    this.#positions = positions;
  }

  /** The events of a batch, with those that its foreign records give in place of these. */
  translate(batch: InputEvent[]): InputEvent[] {
    this.#settle(unsettledMax);
    return batch.some(({ foreign }) => foreign !== undefined)
      ? batch.flatMap((event) => this.#take(event))
      : batch;
  }

  /** The events of records that wait for more. */
  end(): InputEvent[] {
    return [...this.#readers].flatMap(([format, reader]) => {
      const last = this.#last.get(format);
      return last === undefined ? [] : this.#eventsOf(reader.end(), last);
    });
  }

  /** To be called when all events have been processed. */
  settle(): void {
    this.#settle(0);
  }

  /** Counts records as processed but for so many of the last. */
  #settle(kept: number): void {
    if (this.#unsettled.length <= kept) return;
    const settled = this.#unsettled.splice(0, this.#unsettled.length - kept);
    for (const record of settled) this.#positions?.done(record);
  }

  reports(): ReadonlyMap<ForeignFormatId, ReaderReport> {
    return new Map([...this.#readers].map(([format, reader]) => [format, reader.report()]));
  }

  #take(event: InputEvent): readonly InputEvent[] {
    const { foreign, document, origin, byteCount } = event;
    if (foreign === undefined || document === undefined) return [event];
    if (event.ordinal !== undefined) this.#unsettled.push({ ordinal: event.ordinal, origin });
    let reader = this.#readers.get(foreign);
    if (reader === undefined) {
      reader = foreignFormats[foreign].open(version);
      this.#readers.set(foreign, reader);
    }
    this.#last.set(foreign, event);
    const documents = reader.take(document);
    if (documents !== undefined) return this.#eventsOf(documents, event);
    this.#fileOf(origin).addSkip("foreign-record", { line: origin.line, column: undefined, byteCount });
    return [];
  }

  #eventsOf(documents: readonly JsonObject[], { origin, late, byteCount }: InputEvent): InputEvent[] {
    this.#fileOf(origin).events += documents.length;
    return documents.map((document) => ({
      document,
      index: undefined,
      id: undefined,
      text: undefined,
      byteCount,
      timestamp: this.#timestampOf(document),
      late,
      origin,
    }));
  }

  #fileOf({ file }: Origin): FileReport {
    return this.#files.get(file) as FileReport;
  }
}
