import type { JsonObject, Timestamp } from "@tallyman/ecs";
import { ByteSource } from "./byte-source.ts";
import { EventDecoder } from "./decode-event.ts";
import type { FileReport } from "./input-report.ts";
import type { PendingEvent } from "./pending-event.ts";
import { RecordSplitter } from "./record-splitter.ts";

/** How one input is read. */
export interface FileReading {
  readonly timestampOf: (document: JsonObject) => Timestamp | undefined;
  readonly chunkBytes: number;
  readonly recordBytesMax: number;
  readonly signal: AbortSignal | undefined;
}

/** A batch is handed over when it has this many events, so that a chunk of very many small ones is not held decoded. */
const batchEvents = 512;

/**
 * The events of one input in batches that are not empty, in the order in which they stand there. Never throws: what goes wrong is
 * in the report. An abort ends it, also where it waits for a pipe.
 */
export async function* readFile(report: FileReport, reading: FileReading): AsyncGenerator<PendingEvent[]> {
  const source = new ByteSource(report.file, reading.chunkBytes);
  const splitter = new RecordSplitter(reading.recordBytesMax);
  const decoder = new EventDecoder(report, reading.timestampOf);
  const abort = (): void => source.close();
  if (reading.signal?.aborted) return;
  reading.signal?.addEventListener("abort", abort);
  try {
    for await (const chunk of source) {
      splitter.push(chunk);
      count(source, report);
      yield* decodeAll(splitter, decoder);
    }
    splitter.end();
    yield* decodeAll(splitter, decoder);
    report.failure = source.failure;
    report.isComplete = source.isComplete;
  } finally {
    count(source, report);
    reading.signal?.removeEventListener("abort", abort);
    source.close();
  }
}

function count(source: ByteSource, report: FileReport): void {
  report.storedBytes = source.storedBytes;
  report.sizeBytes = source.sizeBytes;
  report.textBytes = source.textBytes;
}

function* decodeAll(splitter: RecordSplitter, decoder: EventDecoder): Generator<PendingEvent[]> {
  let batch: PendingEvent[] = [];
  for (let record = splitter.next(); record !== undefined; record = splitter.next()) {
    decoder.take(record, batch);
    if (batch.length < batchEvents) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
