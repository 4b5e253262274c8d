import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteStore, type KeptBytes } from "./byte-store.ts";

test("what is kept stays as it was until it is released", () => {
  const steps = fc.array(fc.tuple(fc.nat({ max: 5000 }), fc.nat({ max: 4 })), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (all) => {
      const store = new ByteStore(3);
      const kept: { readonly piece: KeptBytes; readonly byte: number; readonly length: number }[] = [];
      for (const [i, [length, released]] of all.entries()) {
        kept.push({ piece: store.keep(Buffer.alloc(length, i)), byte: i, length });
        const gone = kept[released];
        if (gone !== undefined) {
          store.release(gone.piece);
          kept.splice(released, 1);
        }
        for (const { piece, byte, length } of kept) {
          const bytes = piece.slab.buffer.subarray(piece.start, piece.end);
          expect(bytes.equals(Buffer.alloc(length, byte))).toBe(true);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test("pieces that are kept for long do not take up more slabs than the limit", () => {
  const store = new ByteStore(10);
  const slabs = new Set<Buffer>();
  for (let i = 0; i < 1000; i++) {
    const pieces = [1, 2, 3, 4].map((byte) => store.keep(Buffer.alloc(4000, byte)));
    for (const { slab } of pieces) if (slab.buffer.length > 4000) slabs.add(slab.buffer);
    for (const piece of pieces.slice(1)) store.release(piece);
  }
  expect(slabs.size).toBe(10);
});

test("a slab that was given up while it was being filled is not filled twice", () => {
  const store = new ByteStore();
  store.release(store.keep(Buffer.alloc(4000)));
  const pieces = Array.from({ length: 12 }, (_, byte) => store.keep(Buffer.alloc(4000, byte)));
  expect(pieces.map(({ slab, start }) => slab.buffer[start])).toEqual(pieces.map((_, byte) => byte));
});

test("memory is used again", () => {
  const store = new ByteStore();
  const slabs = new Set<Buffer>();
  const waiting: KeptBytes[] = [];
  for (let i = 0; i < 10_000; i++) {
    const piece = store.keep(Buffer.alloc(3000));
    slabs.add(piece.slab.buffer);
    waiting.push(piece);
    if (waiting.length > 100) store.release(waiting.shift() as KeptBytes);
  }
  expect(slabs.size).toBeLessThan(30);
});
