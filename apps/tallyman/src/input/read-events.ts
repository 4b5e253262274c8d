import type { JsonObject, Timestamp } from "@tallyman/ecs";
import { type Judges, judgeAhead } from "../workers/judge-ahead.ts";
import { ByteStore } from "./byte-store.ts";
import { FileEvents, type FileReading } from "./file-events.ts";
import { ForeignRecords } from "./foreign-records.ts";
import type { InputEvent } from "./input-event.ts";
import { inputName } from "./input-failure.ts";
import type { InputPositions } from "./input-position.ts";
import { FileReport, InputReport } from "./input-report.ts";
import { type EventStream, type MergeLimits, mergeByTime } from "./merge-by-time.ts";
import type { RecordFormat } from "./record-format.ts";
import { ReorderBuffer } from "./reorder-buffer.ts";
import { mayFallSilent } from "./stored-input.ts";

export interface ReadOptions {
  /** The time by which events are put in order; undefined when a document has none. */
  readonly timestampOf: (document: JsonObject) => Timestamp | undefined;
  /** True when events are to be handed over without being parsed, where that can be done; they are then valid until the next batch is asked for. */
  readonly isLazy?: boolean;
  /** Judges events before their turn, of which larger batches are made then; these events stay valid as long. */
  readonly judges?: Judges | undefined;
  /** What the records are. Each input's own show it, unless it is given. */
  readonly from?: RecordFormat | undefined;
  /** How far events may be out of order and are still sorted, in milliseconds of event time. One minute unless given. */
  readonly latenessMs?: number;
  /** How many events are held for sorting at most. 10,000 unless given. */
  readonly heldEventsMax?: number;
  /** How many bytes of input the events that are held for sorting may have taken. 16 MiB unless given. */
  readonly heldBytesMax?: number;
  /** How long a record may be. 32 MiB unless given. */
  readonly recordBytesMax?: number;
  /** How long a pipe may be silent before its events are no longer held for sorting, in milliseconds. One second unless given. */
  readonly silentMs?: number;
  /** What an earlier run has processed, which is passed over; to be told what this one has. */
  readonly positions?: InputPositions;
  /** Ends the reading. The events that were read already are still handed over. */
  readonly signal?: AbortSignal;
}

/** Recorded events being read. To be iterated once; the batches are not empty. */
export interface EventInput extends AsyncIterable<InputEvent[]> {
  /** What was read so far; complete when the iteration has ended. */
  readonly report: InputReport;
}

const MiB = 2 ** 20;
const chunkBytesMax = MiB;
/** How many files are read at the same time at most, and what they may hold in chunks together. */
const openMax = 64;
const openBytesMax = 16 * MiB;
/** With more files than this, each is asked for its first event's time, so that it is only opened when its turn comes. */
const openAtOnceMax = 8;
/** Small, so that a parsed event is done with before the garbage collector has to move it. */
const batchEvents = 64;
/** Events that are judged beforehand are sent elsewhere, which is worth while for many. */
const judgedBatchEvents = 256;

/**
 * Reads events from any number of inputs, merged by time. An input is a path, or `-` for standard input: JSON lines, JSON documents,
 * an array of them, what Elasticsearch exports, or records of another program; plain, or compressed with gzip or zstd. Iterating never throws: whatever
 * could not be read is in the report. Memory does not grow with the input.
 *
 * Events come in order of time as far as `latenessMs` allows. What comes later than that, or when the buffer for sorting was full, is
 * handed over at once and marked as late; events without time are handed over at once too.
 */
export function readEvents(paths: readonly string[], options: ReadOptions): EventInput {
  const report = new InputReport(paths);
  return { report, [Symbol.asyncIterator]: () => eventsOf(report, options) };
}

async function* eventsOf(report: InputReport, options: ReadOptions): AsyncGenerator<InputEvent[]> {
  const files = withoutRepeats(report.files);
  const reading: FileReading = {
    timestampOf: options.timestampOf,
    chunkBytes: Math.min(chunkBytesMax, openBytesMax / Math.min(openMax, Math.max(1, files.length))),
    recordBytesMax: options.recordBytesMax ?? 32 * MiB,
    store: new ByteStore(),
    positions: options.positions,
    isLazy: options.isLazy ?? false,
    from: options.from,
  };
  const buffer = new ReorderBuffer({
    latenessMs: options.latenessMs ?? 60_000,
    eventCountMax: options.heldEventsMax ?? 10_000,
    byteCountMax: options.heldBytesMax ?? 16 * MiB,
  });
  const byName = new Map(files.map((file) => [file.file, file]));
  const foreign = new ForeignRecords(byName, options.timestampOf, options.positions);
  const opened: FileEvents[] = [];
  const close = (): void => {
    for (const events of opened) events.close();
  };
  options.signal?.addEventListener("abort", close);
  try {
    const streams: EventStream[] = [];
    for (const file of files) {
      if (options.signal?.aborted) break;
      const events = new FileEvents(file, reading);
      opened.push(events);
      streams.push(await streamOf(file.file, events, files.length > openAtOnceMax ? reading : undefined));
    }
    const { judges } = options;
    const limits: MergeLimits = {
      openMax,
      silentMs: options.silentMs ?? 1000,
      batchEvents: judges === undefined ? batchEvents : judgedBatchEvents,
      batchBytes: MiB,
    };
    const merged = mergeByTime(streams, buffer, limits);
    for await (const batch of judges === undefined ? merged : judgeAhead(merged, judges, close)) {
      for (const { late, origin } of batch) if (late) (byName.get(origin.file) as FileReport).late += 1;
      report.releasedEarly = buffer.releasedEarly;
      // Not before: what comes of records counts as processed by how far those have been taken that follow.
      const events = foreign.translate(batch);
      if (events.length > 0) yield events;
      // What is judged beforehand is released there.
      if (judges === undefined) for (const event of batch) event.release?.();
    }
    const rest = foreign.end();
    if (rest.length > 0) yield rest;
    foreign.settle();
  } finally {
    report.foreign = foreign.reports();
    options.signal?.removeEventListener("abort", close);
    // What waits for a pipe ends only when that is closed.
    close();
    await Promise.all(opened.map(({ batches }) => batches.return(undefined)));
  }
}

/** @param peeking How to look for the time of the first event; undefined when that is not asked for. */
async function streamOf(
  file: string,
  { batches }: FileEvents,
  peeking: FileReading | undefined,
): Promise<EventStream> {
  if (await mayFallSilent(file)) return { batches, mayFallSilent: true, startsAt: undefined };
  const startsAt = peeking === undefined ? undefined : await firstTimestamp(file, peeking);
  return { batches, mayFallSilent: false, startsAt };
}

/** The inputs without those that were named before, which are said to be so. */
function withoutRepeats(files: readonly FileReport[]): FileReport[] {
  const names = new Set<string>();
  return files.filter((file) => {
    if (names.has(file.file)) {
      file.failure = {
        code: "named-twice",
        message: `${inputName(file.file)} is named twice and was read once`,
        hint: undefined,
      };
      return false;
    }
    names.add(file.file);
    return true;
  });
}

/** The time of the first event at the beginning of a file that has one. */
async function firstTimestamp(file: string, reading: FileReading): Promise<Timestamp | undefined> {
  // With a store of its own: what is seen here never gets its turn, and would never be given up.
  const peeking: FileReading = {
    ...reading,
    chunkBytes: 64 * 1024,
    store: new ByteStore(),
    positions: undefined,
  };
  for await (const batch of new FileEvents(new FileReport(file), peeking).batches) {
    return batch.find(({ timestamp }) => timestamp !== undefined)?.timestamp;
  }
  return undefined;
}
