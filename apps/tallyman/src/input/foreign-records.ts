import type { JsonObject, Timestamp } from "@tallyman/ecs";
import {
  type ForeignFormatId,
  foreignFormats,
  type ReaderReport,
  type RecordReader,
} from "@tallyman/telemetry";
import { version } from "../version.ts";
import type { InputEvent, Origin } from "./input-event.ts";
import type { FileReport } from "./input-report.ts";

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

  constructor(
    files: ReadonlyMap<string, FileReport>,
    timestampOf: (document: JsonObject) => Timestamp | undefined,
  ) {
    this.#files = files;
    this.#timestampOf = timestampOf;
  }

  /** The events of a batch, with those that its foreign records give in place of these. */
  translate(batch: InputEvent[]): InputEvent[] {
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

  reports(): ReadonlyMap<ForeignFormatId, ReaderReport> {
    return new Map([...this.#readers].map(([format, reader]) => [format, reader.report()]));
  }

  #take(event: InputEvent): readonly InputEvent[] {
    const { foreign, document, origin, byteCount } = event;
    if (foreign === undefined || document === undefined) return [event];
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
