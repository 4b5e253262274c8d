import { basename } from "node:path";
import { Readable } from "node:stream";
import { depthMax, isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";
import type { Indicator } from "@tallyman/engine";
import { parse as csvParser } from "csv-parse";
import { ByteSource } from "../input/byte-source.ts";
import { searchHits, unwrapHit } from "../input/elasticsearch-export.ts";
import { isDeeperThan } from "../input/json-depth.ts";
import { LineSplitter } from "../input/line-splitter.ts";
import type { RawRecord, Splitter } from "../input/raw-record.ts";
import { RecordSplitter } from "../input/record-splitter.ts";
import { type CsvColumns, readCsvHeader, readCsvRow } from "./csv-columns.ts";
import { commonFields, fieldsOf } from "./indicator-fields.ts";
import { IndicatorReport } from "./indicator-report.ts";
import { listedValue } from "./listed-value.ts";
import { readStixObject } from "./stix-indicator.ts";

const MiB = 2 ** 20;
const chunkBytes = MiB;

/** A bundle of STIX is one record. */
const recordBytesMax = 256 * MiB;
const lineBytesMax = 64 * 1024;

/** Indicators being read from a file. To be iterated once; the batches are not empty. */
export interface IndicatorInput extends AsyncIterable<readonly Indicator[]> {
  /** What was read so far; complete when the iteration has ended. */
  readonly report: IndicatorReport;
}

/**
 * Reads indicators from a file: documents of the Elastic Common Schema as NDJSON, a JSON array or an Elasticsearch export, STIX 2.1 bundles, CSV with
 * a line of column names, or a list with a value on each line; plain, or compressed with gzip or zstd. Iterating never throws: whatever could not be used is in the
 * report.
 */
export function readIndicators(path: string): IndicatorInput {
  const report = new IndicatorReport(path);
  return { report, [Symbol.asyncIterator]: () => indicatorsOf(report) };
}

async function* indicatorsOf(report: IndicatorReport): AsyncGenerator<readonly Indicator[]> {
  const source = new ByteSource(report.file, chunkBytes);
  const chunks = source[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done !== true) {
    for await (const batch of readerFor(first.value, report)(beginningWith(first.value, chunks))) {
      report.count += batch.length;
      if (batch.length > 0) yield batch;
    }
  }
  report.failure = source.failure;
}

async function* beginningWith(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

/** Reads a text in chunks, each of which is valid until the next is asked for. */
type Reader = (chunks: AsyncIterable<Buffer>) => AsyncGenerator<readonly Indicator[]>;

/** Chooses by what the text begins with. */
function readerFor(chunk: Buffer, report: IndicatorReport): Reader {
  const beginning = chunk.toString("utf8", 0, Math.min(chunk.length, 16 * 1024)).trimStart();
  const sink = new IndicatorSink(report);
  if (beginning.startsWith("{") || beginning.startsWith("["))
    return (chunks) =>
      readRecords(chunks, new RecordSplitter(recordBytesMax), (record) => sink.takeJson(record));
  const header = headerOf(beginning);
  return header === undefined
    ? (chunks) => readRecords(chunks, new LineSplitter(lineBytesMax), (record) => sink.takeLine(record))
    : (chunks) => readRows(chunks, header, sink);
}

async function* readRecords(
  chunks: AsyncIterable<Buffer>,
  splitter: Splitter,
  take: (record: RawRecord) => readonly Indicator[],
): AsyncGenerator<readonly Indicator[]> {
  const takeAll = (): readonly Indicator[] => {
    const batch: Indicator[] = [];
    for (let record = splitter.next(); record !== undefined; record = splitter.next())
      for (const indicator of take(record)) batch.push(indicator);
    return batch;
  };
  for await (const chunk of chunks) {
    splitter.push(chunk);
    yield takeAll();
  }
  splitter.end();
  yield takeAll();
}

/** Indicators are handed over when there are so many. */
const batchMax = 512;

async function* readRows(
  chunks: AsyncIterable<Buffer>,
  { columns, delimiter, names }: CsvHeader,
  sink: IndicatorSink,
): AsyncGenerator<readonly Indicator[]> {
  const parser = csvParser({
    delimiter,
    comment: "#",
    comment_no_infix: true,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: lineBytesMax,
    skip_records_with_error: true,
    on_skip: (error) => {
      sink.skip("that cannot be read as CSV", Number(error?.["lines"] ?? 0));
      return undefined;
    },
  });
  Readable.from(copies(chunks)).pipe(parser);
  let batch: Indicator[] = [];
  for await (const { info, record } of parser as AsyncIterable<CsvRow>) {
    if (record.join(delimiter) === names) continue;
    batch.push(...sink.takeRow(columns, record, info.lines));
    if (batch.length < batchMax) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

async function* copies(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

interface CsvHeader {
  /** As the row would be read. */
  readonly names: string;
  readonly delimiter: string;
  readonly columns: CsvColumns;
}

/** The line of column names among the first lines, of which some may be comments; feeds put the names into a comment, too. */
function headerOf(beginning: string): CsvHeader | undefined {
  for (const line of beginning.split(/\r?\n/).slice(0, 50)) {
    for (const delimiter of [",", ";", "\t"]) {
      const names = line.split(delimiter).map((name) => name.replaceAll('"', "").trim());
      const columns = names.length > 1 ? readCsvHeader(names) : undefined;
      if (columns !== undefined) return { names: names.join(delimiter), delimiter, columns };
    }
    if (line.trim() !== "" && !isComment(line)) return undefined;
  }
  return undefined;
}

/** A row of the library's parser, with the line on which it ends. */
interface CsvRow {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}

/** Makes indicators of what stands in a file, and counts what is none. */
class IndicatorSink {
  readonly #report: IndicatorReport;
  readonly #feed: JsonObject;

  constructor(report: IndicatorReport) {
    this.#report = report;
    this.#feed = { name: basename(report.file) };
  }

  skip(reason: string, line: number): void {
    this.#report.skip(reason, line);
  }

  takeLine({ bytes, line }: RawRecord): readonly Indicator[] {
    if (bytes === undefined) return this.#skipped("longer than the limit for one line", line);
    const text = bytes.toString("utf8");
    if (isComment(text)) return [];
    const [word = ""] = text.split(/[\s,;]|#/, 1);
    const listed = listedValue(word);
    return listed.kind === undefined
      ? this.#skipped(listed.problem, line)
      : [this.#made(fieldsOf(listed.kind, listed.value))];
  }

  takeRow(columns: CsvColumns, cells: readonly string[], line: number): readonly Indicator[] {
    const row = readCsvRow(columns, cells);
    if ("problem" in row) return this.#skipped(row.problem, line);
    const { fields, others, validUntilMs } = row;
    return [this.#made(fields, { validUntilMs }, others)];
  }

  takeJson({ bytes, line }: RawRecord): readonly Indicator[] {
    if (bytes === undefined) return this.#skipped("longer than the limit for one record", line);
    const text = bytes.toString("utf8");
    if (isDeeperThan(text, depthMax)) return this.#skipped("nested too deeply", line);
    let value: Json;
    try {
      value = JSON.parse(text) as Json;
    } catch {
      return this.#skipped("not valid JSON", line);
    }
    return this.#takeValue(value, line);
  }

  #takeValue(value: Json, line: number): readonly Indicator[] {
    if (!isJsonObject(value)) return this.#skipped("not a JSON object", line);
    const list = searchHits(value) ?? (isStix(value) ? value["objects"] : undefined);
    if (Array.isArray(list)) return (list as readonly Json[]).flatMap((item) => this.#takeValue(item, line));
    if (isStixObject(value)) return this.#takeStix(value, line);
    const hit = unwrapHit(value);
    const { document, id, index } = hit ?? { document: value, id: undefined, index: undefined };
    return [{ document, id, index: index ?? this.#report.file }];
  }

  #takeStix(object: JsonObject, line: number): readonly Indicator[] {
    const { indicator, problem } = readStixObject(object);
    if (problem !== undefined) return this.#skipped(problem, line);
    if (indicator === undefined) return [];
    const { fields, id, validUntilMs } = indicator;
    return [this.#made(fields, { id, validUntilMs })];
  }

  #made(fields: JsonObject, rest: Partial<Indicator> = {}, others: JsonObject = {}): Indicator {
    const document = { ...others, threat: { feed: this.#feed, indicator: fields } };
    return { ...rest, document, common: commonFields, index: this.#report.file };
  }

  #skipped(reason: string, line: number): readonly Indicator[] {
    this.#report.skip(reason, line);
    return [];
  }
}

function isStix(value: JsonObject): boolean {
  return Array.isArray(value["objects"]) && value["threat"] === undefined;
}

/** STIX objects name their type and themselves as `type--uuid`. */
function isStixObject(value: JsonObject): boolean {
  const { id, type } = value;
  return typeof type === "string" && typeof id === "string" && id.startsWith(`${type}--`);
}

function isComment(line: string): boolean {
  return /^\s*(?:#|;|\/\/)/.test(line);
}
