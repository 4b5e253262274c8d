import { libc } from "../native/libc.ts";
import type { ProbeMemory } from "./probe.ts";

// Documentation/bpf/ringbuf.rst: before each record, eight bytes, of which the first four are its length and two flags.
const headerBytes = 8;
const busy = 0x8000_0000;
const discarded = 0x4000_0000;
const lengthMask = 0x3fff_ffff;

/**
 * Reads the ring that the programs write to, where it lies in memory. One reader at a time; any thread. Positions count bytes from the beginning of
 * time, not from the beginning of the ring.
 */
export class RingReader {
  readonly #consumed: BigInt64Array;
  readonly #produced: BigInt64Array;
  readonly #lost: BigInt64Array;
  readonly #bytes: Uint8Array;
  readonly #headers: Int32Array;
  readonly #mask: number;

  constructor({ pageBytes, ringBytes, consumer, producer, lost }: ProbeMemory) {
    const written = libc().view(producer, pageBytes + 2 * ringBytes);
    this.#consumed = new BigInt64Array(libc().view(consumer, 8));
    this.#produced = new BigInt64Array(written, 0, 1);
    this.#lost = new BigInt64Array(libc().view(lost, 8));
    this.#bytes = new Uint8Array(written, pageBytes);
    this.#headers = new Int32Array(written, pageBytes);
    this.#mask = ringBytes - 1;
  }

  /**
   * Takes the records that are whole, in the order in which they were begun, until `limit` bytes are exceeded: a copy, headers included, for
   * `recordsIn`. Undefined when there are none. Their room in the ring is free again.
   */
  take(limit: number): Uint8Array<ArrayBuffer> | undefined {
    const start = Number(Atomics.load(this.#consumed, 0));
    const end = Number(Atomics.load(this.#produced, 0));
    let at = start;
    while (at < end && at - start < limit) {
      const header = Atomics.load(this.#headers, (at & this.#mask) >> 2) >>> 0;
      if (header >= busy) break;
      at += headerBytes + (((header & lengthMask) + 7) & ~7);
    }
    if (at === start) return undefined;
    const from = start & this.#mask;
    const taken = this.#bytes.slice(from, from + at - start);
    Atomics.store(this.#consumed, 0, BigInt(at));
    return taken;
  }

  /** How many bytes of records wait to be taken. */
  held(): number {
    // What is taken meanwhile must not make it negative.
    const consumed = Atomics.load(this.#consumed, 0);
    return Number(Atomics.load(this.#produced, 0) - consumed);
  }

  /** How many records found the ring full, since the programs run. */
  lost(): number {
    return Number(Atomics.load(this.#lost, 0));
  }
}

/** Where each record begins in what `take` gave. */
export function recordsIn(taken: Buffer): number[] {
  const starts: number[] = [];
  for (let at = 0; at < taken.length; ) {
    const header = taken.readUInt32LE(at);
    const start = at + headerBytes;
    if ((header & discarded) === 0) starts.push(start);
    at = start + (((header & lengthMask) + 7) & ~7);
  }
  return starts;
}
