import { isUtf8 } from "node:buffer";
import { depthMax, isJsonObject, type Json, type JsonObject, type Timestamp } from "@tallyman/ecs";
import type { EventBytes, Verdict } from "@tallyman/engine";
import { type ForeignFormatId, foreignFormats } from "@tallyman/telemetry";
import type { ByteStore, KeptBytes } from "./byte-store.ts";
import { type BulkAction, bulkAction, searchHits, unwrapHit } from "./elasticsearch-export.ts";
import { type Glance, glanceTimestamp } from "./glance-timestamp.ts";
import type { InputEvent, Origin, ParsedInputEvent } from "./input-event.ts";
import type { FileReport, SkipReason } from "./input-report.ts";
import { isDeeperThan } from "./json-depth.ts";
import { findJsonFault } from "./json-fault.ts";
import { DecodedEvent, type PendingEvent } from "./pending-event.ts";
import type { RawRecord } from "./raw-record.ts";
import type { FormatDetector, RecordFormat } from "./record-format.ts";
import { textBytes } from "./text-bytes.ts";

/**
 * Turns the records of one input into events, and counts in its report what they were.
 *
 * Records are taken in the order in which they stand, since a line of a bulk request says what the next line is. What shows its time
 * at a glance is only parsed when its turn comes.
 */
export class EventDecoder {
  readonly #report: FileReport;
  readonly #format: FormatDetector;
  readonly #timestampOf: (document: JsonObject) => Timestamp | undefined;
  readonly #store: ByteStore;
  readonly #isLazy: boolean;
  /** What the line before said of the next one, in a bulk request. */
  #action: BulkAction | undefined;

  /**
   * @param store Where records wait until they are decoded; many inputs may share it.
   * @param options `isLazy` when events are handed over as they stand in the input where that can be done; `format` tells what the records are.
   */
  constructor(
    report: FileReport,
    timestampOf: (document: JsonObject) => Timestamp | undefined,
    store: ByteStore,
    options: { readonly isLazy: boolean; readonly format: FormatDetector },
  ) {
    this.#isLazy = options.isLazy;
    this.#format = options.format;
    this.#report = report;
    this.#timestampOf = timestampOf;
    this.#store = store;
  }

  /** Appends to `pending` what the record holds: mostly one event, none when it is skipped, many when it is a search response. */
  take(record: RawRecord, pending: PendingEvent[]): void {
    this.#report.records += 1;
    const action = this.#action;
    this.#action = undefined;
    // The partial document of an update was counted together with it.
    if (action?.name === "update") return;
    const bytes = this.#bytesOf(record);
    if (bytes === undefined) return;
    const format = this.#formatOf(bytes);
    if (format !== "ecs") {
      this.#takeForeign(format, bytes, record, pending);
      return;
    }
    const glance = glanceTimestamp(bytes);
    if (glance !== undefined) {
      pending.push(new UnparsedEvent(this, glance, this.#store.keep(bytes), record, action));
      return;
    }
    const text = this.#textOf(bytes);
    const document = this.#parse(text, record);
    if (document === undefined) return;
    const hits = action === undefined ? searchHits(document) : undefined;
    if (hits !== undefined) {
      const byteCount = Math.ceil(record.byteCount / hits.length);
      for (const hit of hits) this.#takeHit(hit, record, byteCount, pending);
      return;
    }
    if (action === undefined) this.#action = bulkAction(document);
    if (this.#action === undefined)
      pending.push(new DecodedEvent(this.#event(document, text, record, action)));
    else if (this.#action.name === "update" || this.#action.name === "delete") {
      this.#skip("bulk-change", record);
      if (this.#action.name === "delete") this.#action = undefined;
    }
  }

  /**
   * The event in a record that shows its time; undefined when it is skipped. Where events are read lazily it is one that is still to be parsed,
   * if anything in it must be known before it is.
   */
  decode(bytes: KeptBytes, { place, glance, action }: UnparsedEvent): InputEvent | undefined {
    const { slab, start, end } = bytes;
    if (this.#isLazy && !glance.isHit && isSureOfTime(slab.buffer.subarray(start, end))) {
      this.#report.events += 1;
      return new LazyEvent(this, bytes, place, glance.timestamp, this.#report.file, action);
    }
    const text = this.#textOf(slab.buffer, start, end);
    this.#store.release(bytes);
    const document = this.#parse(text, place);
    return document && this.#event(document, text, place, action);
  }

  /** The document of an event that was counted before it was parsed; undefined when it proves to be none, and is skipped. */
  parse({ slab, start, end }: KeptBytes, place: RecordPlace): JsonObject | undefined {
    const document = this.#parse(this.#textOf(slab.buffer, start, end), place);
    if (document === undefined) this.#report.events -= 1;
    return document;
  }

  release(bytes: KeptBytes): void {
    this.#store.release(bytes);
  }

  #formatOf(bytes: Buffer): RecordFormat {
    const format = this.#format.of(bytes);
    this.#report.format = format;
    this.#report.isFormatDetected = !this.#format.isNamed;
    return format;
  }

  /** A record of another program's: a JSON object, or a line, which stands in one as its message. */
  #takeForeign(format: ForeignFormatId, bytes: Buffer, record: RawRecord, pending: PendingEvent[]): void {
    const text = this.#textOf(bytes);
    const document = text.startsWith("{") ? this.#parse(text, record) : { message: text };
    if (document === undefined) return;
    const timestamp = foreignFormats[format].timestampOf(document);
    if (timestamp === undefined) {
      this.#skip("foreign-record", record);
      return;
    }
    pending.push(
      new DecodedEvent({
        document,
        index: undefined,
        id: undefined,
        text: undefined,
        byteCount: record.byteCount,
        timestamp,
        late: false,
        origin: { file: this.#report.file, line: record.line },
        foreign: format,
      }),
    );
  }

  #takeHit(hit: Json, record: RawRecord, byteCount: number, pending: PendingEvent[]): void {
    if (!isJsonObject(hit)) {
      this.#skip("not-an-object", record);
      return;
    }
    const { line, column } = record;
    pending.push(new DecodedEvent(this.#event(hit, undefined, { line, column, byteCount }, undefined)));
  }

  #event(
    value: JsonObject,
    text: string | undefined,
    { line, byteCount }: RecordPlace,
    action: BulkAction | undefined,
  ): ParsedInputEvent {
    const hit = action === undefined ? unwrapHit(value) : undefined;
    const { index, id } = action ?? hit ?? unnamed;
    const document = hit?.document ?? value;
    const timestamp = this.#timestampOf(document);
    this.#report.events += 1;
    if (timestamp === undefined) this.#report.withoutTimestamp += 1;
    return {
      document,
      index,
      id,
      text: hit === undefined ? text : undefined,
      byteCount,
      timestamp,
      late: false,
      origin: { file: this.#report.file, line },
    };
  }

  /** What the record holds; undefined when that is nothing. */
  #bytesOf(record: RawRecord): Buffer | undefined {
    const { bytes } = record;
    if (bytes === undefined) {
      this.#skip("too-long", record);
      return undefined;
    }
    if (bytes[0] !== 0) return bytes;
    // A crash leaves a hole of zeros where the end of one record and the beginning of the next should be.
    this.#skip("nul-bytes", record);
    const start = bytes.findIndex((byte) => byte !== 0);
    return start < 0 ? undefined : bytes.subarray(start);
  }

  /** Bytes as text, those that are not UTF-8 replaced by U+FFFD. */
  #textOf(bytes: Buffer, start = 0, end = bytes.length): string {
    const text = bytes.toString("utf8", start, end);
    if (text.includes("\ufffd") && !isUtf8(bytes.subarray(start, end))) this.#report.invalidUtf8 += 1;
    // Files that were joined have the mark of each somewhere within.
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  #parse(text: string, record: RecordPlace): JsonObject | undefined {
    if (isDeeperThan(text, depthMax)) {
      this.#skip("too-deep", record);
      return undefined;
    }
    let value: Json;
    try {
      value = JSON.parse(text) as Json;
    } catch {
      this.#skip("invalid-json", record, text.slice(0, findJsonFault(text)));
      return undefined;
    }
    if (isJsonObject(value)) return value;
    this.#skip("not-an-object", record);
    return undefined;
  }

  /** @param upToFault What the record holds before the fault, where a single place is at fault. */
  #skip(reason: SkipReason, { line, column, byteCount }: RecordPlace, upToFault?: string): void {
    if (upToFault === undefined) {
      this.#report.addSkip(reason, { line, column: undefined, byteCount });
      return;
    }
    const lines = upToFault.split("\n");
    const last = lines.at(-1) as string;
    const faultColumn = (lines.length === 1 ? column : 1) + last.length;
    this.#report.addSkip(reason, { line: line + lines.length - 1, column: faultColumn, byteCount });
  }
}

type RecordPlace = Pick<RawRecord, "line" | "column" | "byteCount">;

class UnparsedEvent implements PendingEvent {
  readonly glance: Glance;
  readonly place: RecordPlace;
  readonly action: BulkAction | undefined;
  readonly #decoder: EventDecoder;
  readonly #bytes: KeptBytes;

  constructor(
    decoder: EventDecoder,
    glance: Glance,
    bytes: KeptBytes,
    { line, column, byteCount }: RecordPlace,
    action: BulkAction | undefined,
  ) {
    this.glance = glance;
    this.place = { line, column, byteCount };
    this.action = action;
    this.#decoder = decoder;
    this.#bytes = bytes;
  }

  get timestamp(): Timestamp {
    return this.glance.timestamp;
  }

  get byteCount(): number {
    return this.place.byteCount;
  }

  decode(): InputEvent | undefined {
    return this.#decoder.decode(this.#bytes, this);
  }

  discard(): void {
    this.#decoder.release(this.#bytes);
  }
}

/** An event that is parsed when its document is asked for. */
class LazyEvent implements InputEvent {
  readonly index: string | undefined;
  readonly id: string | undefined;
  readonly text = undefined;
  readonly byteCount: number;
  readonly timestamp: Timestamp;
  readonly origin: Origin;
  late = false;
  verdict: Verdict | undefined;
  readonly #decoder: EventDecoder;
  readonly #kept: KeptBytes;
  readonly #place: RecordPlace;
  #document: JsonObject | undefined;
  #isParsed = false;

  constructor(
    decoder: EventDecoder,
    kept: KeptBytes,
    place: RecordPlace,
    timestamp: Timestamp,
    file: string,
    action: BulkAction | undefined,
  ) {
    this.index = action?.index;
    this.id = action?.id;
    this.byteCount = place.byteCount;
    this.timestamp = timestamp;
    this.origin = { file, line: place.line };
    this.#decoder = decoder;
    this.#kept = kept;
    this.#place = place;
  }

  get bytes(): EventBytes {
    const { end, slab, start } = this.#kept;
    return { buffer: textBytes(slab.buffer), start, end };
  }

  get document(): JsonObject | undefined {
    if (!this.#isParsed) {
      this.#isParsed = true;
      this.#document = this.#decoder.parse(this.#kept, this.#place);
    }
    return this.#document;
  }

  release(): void {
    this.#decoder.release(this.#kept);
  }
}

const timestampKey = Buffer.from('"@timestamp"');

/** False for text that may name its time again, and for text that is not UTF-8, which is mended before it is read. */
function isSureOfTime(bytes: Buffer): boolean {
  const first = bytes.indexOf(timestampKey);
  return bytes.indexOf(timestampKey, first + timestampKey.length) < 0 && isUtf8(bytes);
}

const unnamed = { index: undefined, id: undefined };
