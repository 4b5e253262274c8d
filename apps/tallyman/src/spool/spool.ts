import {
  closeSync,
  constants,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Alert } from "@tallyman/engine";
import { describeWriteError } from "../output/output-error.ts";
import { syncFolder } from "../sync-folder.ts";
import { alertKey, suppressedIn } from "./alert-key.ts";
import { Consumer } from "./consumer.ts";
import { ExpectedAlerts } from "./expected-alerts.ts";
import { encodeRecord, firstOfSegment, readRecords, segmentName } from "./segment.ts";
import { decodeAlert, encodeAlert, type SpooledAlert } from "./spooled-alert.ts";

export interface SpoolOptions {
  /** How large the spool may grow. When it would be larger, its oldest segment is dropped, and what is lost by that is counted. */
  readonly bytesMax: number;
  /** How large a segment grows. Default an eighth of `bytesMax`, at most 8 MiB. */
  readonly segmentBytes?: number;
  /** Called when a segment is full: a good moment to save the state, since segments are kept until then. */
  readonly onSegment?: () => void;
  /** Told, once each, when the spool cannot be written, when it can again, and when it is full. */
  readonly onNotice?: (text: string) => void;
}

interface Segment {
  readonly first: number;
  readonly path: string;
  /** How many records it has. */
  count: number;
  bytes: number;
}

/** What was read of the spool. */
export interface SpoolReading {
  readonly alerts: readonly SpooledAlert[];
  /** The number after the last alert that was read or skipped. */
  readonly end: number;
  /** How many alerts were skipped, since they are damaged. */
  readonly damaged: number;
}

/** Appended alerts wait in memory for so many bytes, or until the program has nothing else to do. */
const waitingBytesMax = 64 * 1024;
/** When the disk is full, so many bytes of alerts wait in memory for room. */
const heldBytesMax = 16 * 2 ** 20;
/** How long it takes to try again when the disk is full. */
const retryMs = 1000;
/** How many offsets are remembered at which reading ended. */
const knownOffsetsMax = 64;

const syncFile = promisify(fdatasync);

/**
 * The alerts that sinks have still to deliver, on disk: appended once, read by each sink at its own pace, removed when all have delivered them and the
 * state that they came from is saved. Whatever was appended before a crash of the program is there after it; after a failure of the machine, what
 * `sync` had reached.
 */
export class Spool {
  readonly #folder: string;
  readonly #bytesMax: number;
  readonly #segmentBytes: number;
  readonly #onSegment: () => void;
  readonly #onNotice: (text: string) => void;
  readonly #segments: Segment[];
  readonly #consumers: Consumer[] = [];
  /** The file of the last segment; undefined before it is made. */
  #fd: number | undefined;
  /** Files with bytes that may not have reached the disk. Those of full segments are closed when they have. */
  readonly #unsynced = new Set<number>();
  #beingSynced: number | undefined;
  /** True when the folder has names that may not have reached the disk. */
  #isFolderUnsynced = true;
  #syncing = Promise.resolve();
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #next: number;
  #written: number;
  #isFlushDue = false;
  #isRetryDue = false;
  #isFull = false;
  readonly #expected = new ExpectedAlerts();
  /** Alerts from here on may be raised again by a replay, and are kept for their ids. */
  #keptFrom = 0;
  #lost = 0;
  #repeated = 0;
  #problem: string | undefined;
  #wakers: (() => void)[] = [];
  readonly #offsets = new Map<number, number>();

  /** Opens the spool in a folder, which is made when it is missing. Fails as the system does. */
  constructor(folder: string, options: SpoolOptions) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
    this.#bytesMax = options.bytesMax;
    this.#segmentBytes = options.segmentBytes ?? Math.min(8 * 2 ** 20, Math.ceil(options.bytesMax / 8));
    this.#onSegment = options.onSegment ?? (() => {});
    this.#onNotice = options.onNotice ?? (() => {});
    this.#segments = findSegments(folder);
    const last = this.#segments.at(-1);
    this.#next = last === undefined ? 0 : last.first + last.count;
    this.#written = this.#next;
    this.#keptFrom = this.#first;
  }

  /** The number that the next alert gets. */
  get next(): number {
    return this.#next;
  }

  /** To be saved with a state: alerts from this number on may be raised again by a run that begins with it. */
  get replayFrom(): number {
    return this.#expected.first ?? this.#next;
  }

  /** Alerts that could not be written, since the disk was full. */
  get lost(): number {
    return this.#lost;
  }

  /** Alerts that a replay raised again and that the spool had already. */
  get repeated(): number {
    return this.#repeated;
  }

  /** Why the last attempt to write failed, so that some alerts are only in memory; undefined when it did not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** How a sink of this name goes through the spool: from where it was, or else from now on. Fails as the system does. */
  consumer(name: string): Consumer {
    const consumer = new Consumer(name, join(this.#folder, `${name}.cursor`), this.#first, this.#next);
    this.#consumers.push(consumer);
    return consumer;
  }

  /** Says that the run begins with a state that was saved when `replayFrom` was this: alerts since then will be raised again. */
  expectReplay(from: number): void {
    for (let at = Math.max(from, this.#first); at < this.#written; ) {
      const { alerts, end } = this.read(at, 1000, 2 ** 20);
      for (const { key, sequence } of alerts) this.#expected.add(key, sequence);
      at = end;
    }
    this.#keptFrom = from;
  }

  /** Appends an alert, unless it is one that a replay has raised again. Never fails: what the disk does not take waits, and what is too much is counted. */
  append(alert: Alert): void {
    if (this.#expected.take(alertKey(alert.id, suppressedIn(alert.document)))) {
      this.#repeated += 1;
      return;
    }
    if (this.#waitingBytes > heldBytesMax) {
      this.#lost += 1;
      return;
    }
    const record = encodeRecord(encodeAlert(alert));
    this.#waiting.push(record);
    this.#waitingBytes += record.length;
    this.#expected.passed(this.#next);
    this.#next += 1;
    if (this.#waitingBytes >= waitingBytesMax && this.#problem === undefined) this.flush();
    else if (!this.#isFlushDue) {
      this.#isFlushDue = true;
      setImmediate(() => {
        this.#isFlushDue = false;
        this.flush();
      });
    }
  }

  /** Hands what waits to the system, where it survives the end of the program. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    try {
      while (this.#waiting.length > 0) this.#writeSome();
      this.#limit();
      if (this.#problem !== undefined) this.#onNotice(`the spool takes alerts again${lossOf(this.#lost)}`);
      this.#problem = undefined;
    } catch (error) {
      const problem = `the spool in '${this.#folder}' cannot be written: ${describeWriteError(error)}`;
      if (this.#problem === undefined) this.#onNotice(`${problem}; alerts for sinks wait in memory`);
      this.#problem = problem;
      this.#retryLater();
    }
    this.wake();
  }

  /** Waits until everything that was flushed is on the disk. Fails as the system does. What the disk did not take is not; then there is a `problem`. */
  async sync(): Promise<void> {
    // One after the other: a file must not be closed under somebody who waits for it.
    const before = this.#syncing;
    this.#syncing = before.catch(() => {}).then(() => this.#sync());
    await this.#syncing;
  }

  /** Says that a state was saved when `replayFrom` was this: earlier alerts will not be raised again. */
  saved(from: number): void {
    this.#keptFrom = from;
    this.release();
  }

  /** Removes the segments that nobody needs any more. */
  release(): void {
    const needed = Math.min(this.#keptFrom, ...this.#consumers.map(({ cursor }) => cursor.position));
    while (this.#segments.length > 1 && (this.#segments[1] as Segment).first <= needed) {
      if (!this.#removeFirst()) return;
    }
  }

  /** Alerts from a number on: as many as are there and asked for, in bytes and by count, but at least one if there is one. Fails as the system does. */
  read(from: number, countMax: number, bytesMax: number): SpoolReading {
    const start = Math.max(from, this.#first);
    const segment = this.#segments.findLast(({ first }) => first <= start);
    if (segment === undefined || start >= this.#written) return { alerts: [], end: start, damaged: 0 };
    const segmentEnd = segment.first + segment.count;
    let at = segment.first;
    let offset = 0;
    const known = this.#offsets.get(start);
    if (known !== undefined && start > segment.first) [at, offset] = [start, known];
    const alerts: SpooledAlert[] = [];
    while (at < segmentEnd) {
      const { contents, end } = readRecords(segment.path, offset, segment.bytes, bytesMax);
      // Where it has fewer alerts than the name of the next segment says, some never reached the disk.
      if (contents.length === 0) {
        return { alerts, end: segmentEnd, damaged: segmentEnd - Math.max(at, start) };
      }
      for (const content of contents) {
        if (at === segmentEnd) break;
        if (at >= start) {
          const alert = decodeAlert(at, content);
          if (alert !== undefined) alerts.push(alert);
        }
        offset += 8 + content.length;
        at += 1;
        if (alerts.length === countMax) break;
      }
      if (alerts.length > 0) break;
      offset = end;
    }
    this.#remember(at, offset);
    return { alerts, end: Math.max(at, start), damaged: Math.max(0, at - start - alerts.length) };
  }

  /** Waits until there are alerts from a number on, or `wake` is called. */
  async wait(from: number): Promise<void> {
    if (from < this.#written) return;
    await new Promise<void>((resolve) => this.#wakers.push(resolve));
  }

  /** Ends all waiting. */
  wake(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const waker of wakers) waker();
  }

  /** Flushes, forces what was flushed to the disk, and closes. What the disk does not take now is lost, and counted. */
  close(): void {
    this.flush();
    this.#lost += this.#waiting.length;
    this.#next -= this.#waiting.length;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const fd of this.#unsynced) {
      try {
        fsyncSync(fd);
      } catch {
        // The program ends without a crash, so that what was written is with the system.
      }
      if (fd !== this.#fd) closeSync(fd);
    }
    this.#unsynced.clear();
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    for (const consumer of this.#consumers) consumer.close();
  }

  /** Until there is room. Alerts that come meanwhile try again too. */
  #retryLater(): void {
    if (this.#isRetryDue) return;
    this.#isRetryDue = true;
    setTimeout(() => {
      this.#isRetryDue = false;
      this.flush();
    }, retryMs).unref();
  }

  async #sync(): Promise<void> {
    if (this.#isFolderUnsynced) {
      // A file is only found again when its name is on the disk too.
      syncFolder(this.#folder);
      this.#isFolderUnsynced = false;
    }
    for (const fd of [...this.#unsynced]) {
      this.#unsynced.delete(fd);
      this.#beingSynced = fd;
      try {
        await syncFile(fd);
      } catch (error) {
        this.#unsynced.add(fd);
        throw error;
      } finally {
        this.#beingSynced = undefined;
      }
      if (fd !== this.#fd && !this.#unsynced.has(fd)) closeSync(fd);
    }
  }

  /** Files of full segments that wait for `sync` are closed by it. */
  #closeFull(fd: number): void {
    if (fd !== this.#beingSynced && !this.#unsynced.has(fd)) closeSync(fd);
  }

  get #first(): number {
    return this.#segments[0]?.first ?? this.#next;
  }

  /** Writes as many records as the segment takes. */
  #writeSome(): void {
    const segment = this.#openSegment();
    const fd = this.#fd as number;
    let count = 0;
    let length = 0;
    while (count < this.#waiting.length && (count === 0 || segment.bytes + length < this.#segmentBytes)) {
      length += (this.#waiting[count] as Buffer).length;
      count += 1;
    }
    const bytes = Buffer.concat(this.#waiting.slice(0, count), length);
    // At a position of its own: when half of it cannot be written, the next attempt overwrites that.
    for (let at = 0; at < length; ) at += writeSync(fd, bytes, at, length - at, segment.bytes + at);
    segment.bytes += length;
    segment.count += count;
    this.#waiting = this.#waiting.slice(count);
    this.#waitingBytes -= length;
    this.#written += count;
    this.#unsynced.add(fd);
  }

  #openSegment(): Segment {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.bytes < this.#segmentBytes) {
      this.#fd ??= openSync(last.path, constants.O_RDWR);
      return last;
    }
    const path = join(this.#folder, segmentName(this.#written));
    const fd = openSync(path, "w", 0o600);
    this.#isFolderUnsynced = true;
    const full = this.#fd;
    this.#fd = fd;
    if (full !== undefined) this.#closeFull(full);
    const segment = { first: this.#written, path, count: 0, bytes: 0 };
    this.#segments.push(segment);
    if (last !== undefined) this.#onSegment();
    return segment;
  }

  #limit(): void {
    let bytes = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
    while (bytes > this.#bytesMax && this.#segments.length > 1) {
      bytes -= (this.#segments[0] as Segment).bytes;
      if (!this.#removeFirst()) return;
      const losses = this.#consumers.map((consumer) => consumer.giveUp(this.#first));
      if (this.#isFull || !losses.some((count) => count > 0)) continue;
      this.#isFull = true;
      this.#onNotice(
        "the spool is full: the oldest alerts are dropped for sinks that have not taken them; the end of the run says how many",
      );
    }
  }

  /** False when the system does not let it go; then it is tried again at the next occasion. */
  #removeFirst(): boolean {
    try {
      rmSync((this.#segments[0] as Segment).path, { force: true });
    } catch {
      return false;
    }
    this.#segments.shift();
    return true;
  }

  #remember(at: number, offset: number): void {
    if (this.#offsets.size >= knownOffsetsMax) this.#offsets.clear();
    this.#offsets.set(at, offset);
  }
}

function lossOf(lost: number): string {
  return lost === 0 ? "" : `; ${lost} were lost`;
}

function findSegments(folder: string): Segment[] {
  const firsts = readdirSync(folder)
    .map(firstOfSegment)
    .filter((first) => first !== undefined)
    .sort((a, b) => a - b);
  const segments = firsts.map((first, i): Segment => {
    const path = join(folder, segmentName(first));
    const next = firsts[i + 1];
    return next === undefined
      ? mendedSegment(first, path)
      : { first, path, count: next - first, bytes: statSync(path).size };
  });
  return segments.filter(({ count }, i) => count > 0 || i === segments.length - 1);
}

/** The last segment, without the record at its end that a crash has left unfinished. */
function mendedSegment(first: number, path: string): Segment {
  const { size } = statSync(path);
  let count = 0;
  let end = 0;
  for (;;) {
    const reading = readRecords(path, end, size, 2 ** 20);
    count += reading.contents.length;
    end = reading.end;
    if (reading.fault === undefined && end < size && reading.contents.length > 0) continue;
    if (end < size) cut(path, end);
    return { first, path, count, bytes: end };
  }
}

function cut(path: string, end: number): void {
  const fd = openSync(path, "r+");
  try {
    ftruncateSync(fd, end);
  } finally {
    closeSync(fd);
  }
}
