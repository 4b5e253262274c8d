import { afterEach, describe, expect, it } from "vitest";
import { libc, type NativeBytes } from "../native/libc.ts";
import { announced, whyNoLibc } from "../testing/requirements.ts";
import { RingReader, recordsIn } from "./ring.ts";

const pageBytes = 4096;
const ringBytes = 4096;
const busy = 0x8000_0000;
const discarded = 0x4000_0000;

/** A ring as the kernel has it in memory: positions, and the data twice. */
class Ring {
  readonly #memory: readonly NativeBytes[] = [pageBytes, pageBytes + 2 * ringBytes, 8].map((length) =>
    libc().allocate(Buffer.alloc(length)),
  );
  readonly reader: RingReader;
  readonly #consumed: BigInt64Array;
  readonly #produced: BigInt64Array;
  readonly #lost: BigInt64Array;
  readonly #data: Buffer;

  constructor(start: bigint) {
    const [consumer, producer, lost] = this.#memory as [NativeBytes, NativeBytes, NativeBytes];
    const written = libc().view(producer.address, producer.length);
    this.#consumed = new BigInt64Array(libc().view(consumer.address, 8));
    this.#produced = new BigInt64Array(written, 0, 1);
    this.#lost = new BigInt64Array(libc().view(lost.address, 8));
    this.#data = Buffer.from(written, pageBytes);
    this.#consumed[0] = start;
    this.#produced[0] = start;
    const addresses = { consumer: consumer.address, producer: producer.address, lost: lost.address };
    this.reader = new RingReader({ pageBytes, ringBytes, ...addresses });
  }

  get consumed(): bigint {
    return this.#consumed[0] as bigint;
  }

  set lost(count: bigint) {
    this.#lost[0] = count;
  }

  write(text: string, flags = 0): void {
    const at = this.#produced[0] as bigint;
    const record = Buffer.alloc(8 + ((text.length + 7) & ~7));
    record.writeUInt32LE((text.length | flags) >>> 0);
    record.write(text, 8);
    for (const [i, byte] of record.entries()) {
      const place = (Number(at) + i) % ringBytes;
      this.#data[place] = byte;
      this.#data[place + ringBytes] = byte;
    }
    this.#produced[0] = at + BigInt(record.length);
  }

  free(): void {
    for (const memory of this.#memory) memory.free();
  }
}

function textsIn(taken: Uint8Array | undefined): string[] {
  if (taken === undefined) return [];
  const bytes = Buffer.from(taken.buffer, taken.byteOffset, taken.byteLength);
  return recordsIn(bytes).map((start) =>
    bytes.toString("latin1", start, start + (bytes.readUInt32LE(start - 8) & 0xffff)),
  );
}

const reason = announced("reading a ring", whyNoLibc());

describe.skipIf(reason !== undefined)("RingReader", () => {
  let ring: Ring;
  afterEach(() => ring.free());

  it("takes what is whole, and frees its room", () => {
    ring = new Ring(0n);
    expect(ring.reader.take(1000)).toBeUndefined();
    for (const text of ["first", "a second of 16 b", ""]) ring.write(text);
    expect(textsIn(ring.reader.take(1000))).toEqual(["first", "a second of 16 b", ""]);
    expect(ring.consumed).toBe(48n);
    expect(ring.reader.take(1000)).toBeUndefined();
  });

  it("stops at one that is being written", () => {
    ring = new Ring(0n);
    ring.write("whole");
    ring.write("half", busy);
    ring.write("behind");
    expect(textsIn(ring.reader.take(1000))).toEqual(["whole"]);
    expect(ring.reader.take(1000)).toBeUndefined();
  });

  it("does not give what was discarded", () => {
    ring = new Ring(0n);
    ring.write("gone", discarded);
    ring.write("here");
    expect(textsIn(ring.reader.take(1000))).toEqual(["here"]);
  });

  it("takes whole records until that is as much as it was asked for", () => {
    ring = new Ring(0n);
    for (let i = 0; i < 10; i++) ring.write(`number ${i}`);
    expect(textsIn(ring.reader.take(16))).toEqual(["number 0"]);
    expect(textsIn(ring.reader.take(17))).toEqual(["number 1", "number 2"]);
  });

  it("goes round, for ever", () => {
    // Positions beyond 32 bits, and a record across the end of the ring.
    ring = new Ring(2n ** 40n + BigInt(ringBytes) - 16n);
    ring.write("this one does not fit before the end");
    ring.write("next");
    expect(textsIn(ring.reader.take(1000))).toEqual(["this one does not fit before the end", "next"]);
    expect(ring.consumed).toBe(2n ** 40n + BigInt(ringBytes) + 48n);
  });

  it("says how many were lost", () => {
    ring = new Ring(0n);
    expect(ring.reader.lost()).toBe(0);
    ring.lost = 12n;
    expect(ring.reader.lost()).toBe(12);
  });
});
