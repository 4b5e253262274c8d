import fc from "fast-check";
import { expect, test } from "vitest";
import { asciiBytes, FrameWriter, numberBytes } from "./frames.ts";
import { MemoryFirstSeenStore } from "./memory-store.ts";
import { restoreFirstSeen, saveFirstSeen } from "./store-file.ts";

const now = Date.UTC(2026, 0, 15);

function smallStore(): MemoryFirstSeenStore {
  const store = new MemoryFirstSeenStore([1, -2, 3, 2 ** 32 - 4]);
  store.advance(now);
  store.table("one", "query", 5000).record("bash", now);
  store.table("two", "query", 5000).record("sh", now - 1);
  store.table("two", "query", 5000).learnedSinceMs = now - 2;
  return store;
}

function fileOf(pieces: Iterable<Uint8Array>): Uint8Array {
  return Uint8Array.from([...pieces].flatMap((piece) => [...piece]));
}

function problemOf(file: Uint8Array | Iterable<Uint8Array>): string | undefined {
  const restored = restoreFirstSeen(file);
  return "problem" in restored ? restored.problem : undefined;
}

const smallFile = fileOf(saveFirstSeen(smallStore()));

test("the format is this one", () => {
  const store = new MemoryFirstSeenStore([0x03020100, 0x07060504, 0x03020100, 0x07060504]);
  store.table("r", "q", 1000).record("", 0x0123_4567_89ab);
  const header =
    '{"hashKey":[50462976,117835012,50462976,117835012],"nowMs":null,"tables":[{"ruleId":"r","fingerprint":"q","historyMs":1000,"learnedSinceMs":null,"terms":1}]}';
  const [start, headerFrame, slots, end, ...more] = saveFirstSeen(store);
  expect(start).toEqual(fileOf([asciiBytes("TLYSEEN\n"), numberBytes(1)]));
  expect(headerFrame?.subarray(0, -4)).toEqual(
    fileOf([numberBytes(1), numberBytes(header.length), asciiBytes(header)]),
  );
  expect(slots?.length).toBe(8 + 4 + 14 + 4);
  expect([...(slots?.subarray(0, 12) ?? [])]).toEqual([2, 0, 0, 0, 18, 0, 0, 0, 0, 0, 0, 0]);
  expect([...(slots?.subarray(20, 26) ?? [])]).toEqual([0xab, 0x89, 0x67, 0x45, 0x23, 0x01]);
  expect([...(end?.subarray(0, 8) ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(more).toEqual([]);
});

test("whatever a store is given, its file can be read", () => {
  const store = new MemoryFirstSeenStore([0.5, Number.NaN, 2 ** 40, -0]);
  for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5]) {
    const table = store.table(`rule ${odd}`, "query", odd);
    table.learnedSinceMs = odd;
    table.record("bash", odd);
    store.table(`rule ${odd}`, "query", odd);
    store.advance(odd);
    const restored = restoreFirstSeen(saveFirstSeen(store));
    if ("problem" in restored) throw new Error(restored.problem);
  }
});

test("a restored store is saved as the same file", () => {
  const restored = restoreFirstSeen(smallFile);
  if ("problem" in restored) throw new Error(restored.problem);
  expect(fileOf(saveFirstSeen(restored.store))).toEqual(smallFile);
  expect(restored.store.usage().map(({ ruleId, terms }) => [ruleId, terms])).toEqual([
    ["one", 1],
    ["two", 1],
  ]);
});

test("a file may come in pieces of any length, in one buffer used again", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100 })), (lengths) => {
      const buffer = new Uint8Array(1000);
      const pieces = function* () {
        let at = 0;
        for (const length of [...lengths, smallFile.length]) {
          const piece = smallFile.subarray(at, at + length);
          buffer.fill(0xff).set(piece);
          yield buffer.subarray(0, piece.length);
          at += piece.length;
        }
      };
      const restored = restoreFirstSeen(pieces());
      if ("problem" in restored) throw new Error(restored.problem);
      expect(fileOf(saveFirstSeen(restored.store))).toEqual(smallFile);
    }),
  );
});

test.for([
  { what: "empty", file: new Uint8Array(0), problem: "this is another kind of file" },
  {
    what: "of another kind",
    file: asciiBytes('{"events":[1,2,3,4]}'),
    problem: "this is another kind of file",
  },
  {
    what: "newer",
    file: new FrameWriter().start("TLYSEEN\n", 2),
    problem: "it was written by a newer version, in format 2",
  },
  {
    what: "older",
    file: new FrameWriter().start("TLYSEEN\n", 0),
    problem: "its format, 0, is no longer read",
  },
  {
    what: "of one frame that is said to be too long",
    file: fileOf([new FrameWriter().start("TLYSEEN\n", 1), numberBytes(1), numberBytes(2 ** 24 + 1)]),
    problem: "it is damaged",
  },
  { what: "cut off", file: smallFile.subarray(0, -1), problem: "it ends early" },
  {
    what: "longer than it should be",
    file: fileOf([smallFile, new Uint8Array(1)]),
    problem: "it is damaged",
  },
])("a file that is $what gives a problem", ({ file, problem }) => {
  expect(problemOf(file)).toBe(problem);
});

test("a file that is cut off anywhere gives a problem", () => {
  for (let length = 0; length < smallFile.length; length++) {
    if (problemOf(smallFile.subarray(0, length)) === undefined) expect.fail(`cut off at ${length}`);
  }
});

test("a file in which any bit has changed gives a problem", () => {
  for (let bit = 0; bit < 8 * smallFile.length; bit++) {
    const file = smallFile.slice();
    file[bit >> 3] = (file[bit >> 3] as number) ^ (1 << (bit & 7));
    if (problemOf(file) === undefined) expect.fail(`bit ${bit}`);
  }
});

test.for([
  { what: "missing", order: [0, 1, 3, 4] },
  { what: "doubled", order: [0, 1, 2, 2, 3, 4] },
  { what: "out of place", order: [0, 1, 3, 2, 4] },
  { what: "before the header", order: [0, 2, 1, 3, 4] },
])("a file with a piece $what gives a problem", ({ order }) => {
  const pieces = [...saveFirstSeen(smallStore())];
  expect(pieces.length).toBe(5);
  expect(problemOf(pieces)).toBe(undefined);
  expect(problemOf(order.map((index) => pieces[index] as Uint8Array))).toBe("it is damaged");
});

test("a file changed in several places gives a problem or a store, whatever the bytes", () => {
  const change = fc.tuple(fc.nat(smallFile.length - 1), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), fc.uint8Array({ maxLength: 40 }), (changes, tail) => {
      const file = fileOf([smallFile, tail]);
      for (const [at, byte] of changes) file[at] = byte;
      const isSame = tail.length === 0 && file.every((byte, i) => byte === smallFile[i]);
      expect(problemOf(file) === undefined).toBe(isSame);
    }),
    { numRuns: 500 },
  );
});

/** A file whose sums are right, whatever it says. */
function forged(frames: readonly (readonly [kind: number, content: Uint8Array])[]): Uint8Array {
  const writer = new FrameWriter();
  const start = writer.start("TLYSEEN\n", 1);
  return fileOf([start, ...frames.map(([kind, content]) => writer.frame(kind, content)), writer.end()]);
}

const headerTable = { ruleId: "r", fingerprint: "q", historyMs: 1000, learnedSinceMs: null, terms: 1 };
const header = { hashKey: [1, 2, 3, 4], nowMs: null, tables: [headerTable] };
const headerFrame = [1, asciiBytes(JSON.stringify(header))] as const;
const slot = Uint8Array.from({ length: 14 }, (_, i) => i + 1);

test.for([
  { what: "no frame", frames: [] },
  { what: "no header", frames: [[2, fileOf([numberBytes(0), slot])]] },
  { what: "two headers", frames: [headerFrame, headerFrame] },
  { what: "a frame of a kind that is not known", frames: [headerFrame, [3, fileOf([numberBytes(0), slot])]] },
  { what: "a frame without a table's number", frames: [headerFrame, [2, new Uint8Array(3)]] },
  { what: "a table that is not in the header", frames: [headerFrame, [2, fileOf([numberBytes(1), slot])]] },
  { what: "part of a slot", frames: [headerFrame, [2, fileOf([numberBytes(0), slot, slot.subarray(1)])]] },
  { what: "a free slot", frames: [headerFrame, [2, fileOf([numberBytes(0), new Uint8Array(14)])]] },
  { what: "a header that is not JSON", frames: [[1, asciiBytes("{")]] },
  { what: "a header that is too deep", frames: [[1, asciiBytes("[".repeat(100_000))]] },
] as { what: string; frames: [number, Uint8Array][] }[])(
  "a forged file with $what gives a problem",
  ({ frames }) => {
    expect(problemOf(forged(frames))).toBe("it is damaged");
  },
);

test.for([
  null,
  [],
  {},
  { ...header, hashKey: [1, 2, 3] },
  { ...header, hashKey: [1, 2, 3, 4, 5] },
  { ...header, hashKey: [1, 2, 3, 0.5] },
  { ...header, hashKey: [1, 2, 3, "4"] },
  { ...header, nowMs: "1" },
  { ...header, tables: {} },
  { ...header, tables: [null] },
  { ...header, tables: [headerTable, headerTable] },
  { ...header, tables: [{ ...headerTable, ruleId: 1 }] },
  { ...header, tables: [{ ...headerTable, fingerprint: null }] },
  { ...header, tables: [{ ...headerTable, historyMs: null }] },
  { ...header, tables: [{ ...headerTable, learnedSinceMs: true }] },
  { ...header, tables: [{ ...headerTable, terms: "1" }] },
])("the header %j gives a problem", (json) => {
  expect(problemOf(forged([[1, asciiBytes(JSON.stringify(json))]]))).toBe("it is damaged");
});

test("numbers of terms that are not true do no harm", () => {
  for (const terms of [-1, 0, 0.5, 1e9, 1e300]) {
    const tables = Array.from({ length: 50 }, (_, i) => ({ ...headerTable, ruleId: `rule ${i}`, terms }));
    const file = forged([
      [1, asciiBytes(JSON.stringify({ ...header, tables }))],
      [2, fileOf([numberBytes(7), slot])],
    ]);
    const restored = restoreFirstSeen(file);
    if ("problem" in restored) throw new Error(restored.problem);
    expect(restored.store.table("rule 7", "q", 1000).size).toBe(1);
    expect(restored.store.usage().reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(1e6);
    for (let i = 0; i < 20_000; i++) restored.store.table("rule 7", "q", 1000).record(`${i}`, now);
    expect(restored.store.table("rule 7", "q", 1000).size).toBe(20_001);
  }
});

test("a header of any JSON gives a problem or a store", () => {
  const part = fc.oneof(fc.jsonValue(), fc.constantFrom(header.hashKey, header.tables, "r", 1e308, null));
  const table = fc.oneof(
    part,
    fc.record({ ruleId: part, fingerprint: part, historyMs: part, learnedSinceMs: part, terms: part }),
  );
  const json = fc.oneof(
    part,
    fc.record({ hashKey: part, nowMs: part, tables: fc.oneof(part, fc.array(table)) }),
  );
  fc.assert(
    fc.property(json, (json) => {
      const file = forged([[1, asciiBytes(JSON.stringify(json).replace(/[^ -~]/g, "?"))]]);
      expect(["it is damaged", undefined]).toContain(problemOf(file));
    }),
    { numRuns: 300 },
  );
});

test("a store that takes fewer terms than the file has gives up the oldest of the largest tables", () => {
  const store = new MemoryFirstSeenStore([1, 2, 3, 4]);
  const large = store.table("large", "query", 5000);
  const small = store.table("small", "query", 5000);
  for (let i = 0; i < 30_000; i++) large.record(`term ${i}`, now + i);
  for (let i = 0; i < 100; i++) small.record(`term ${i}`, now);
  const restored = restoreFirstSeen(saveFirstSeen(store), { termsMax: 10_000 });
  if ("problem" in restored) throw new Error(restored.problem);
  const [largeUsage, smallUsage] = restored.store.usage();
  expect(smallUsage).toMatchObject({ terms: 100, evicted: 0 });
  expect((largeUsage?.terms ?? 0) + (largeUsage?.evicted ?? 0)).toBe(30_000);
  expect(largeUsage?.terms).toBeLessThanOrEqual(9900);
});

test("what has left its window is not saved", () => {
  const store = smallStore();
  store.advance(now + 5000);
  const restored = restoreFirstSeen(saveFirstSeen(store));
  if ("problem" in restored) throw new Error(restored.problem);
  expect(restored.store.usage().map(({ terms }) => terms)).toEqual([1, 0]);
});

test("an error while the pieces are read is not hidden", () => {
  const pieces = function* () {
    yield smallFile.subarray(0, 50);
    throw new Error("disk gone");
  };
  expect(() => restoreFirstSeen(pieces())).toThrow("disk gone");
});
