import { randomBytes } from "node:crypto";
import { constants, deflateRawSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { gunzip } from "./gunzip.ts";

interface Unpacked {
  readonly bytes: Buffer;
  readonly error: string | undefined;
}

/** What comes of data that arrive in pieces of this size, each in the same memory. */
async function unpack(data: Buffer, pieceBytes = data.length): Promise<Unpacked> {
  async function* pieces(): AsyncGenerator<Buffer> {
    const memory = Buffer.alloc(pieceBytes);
    for (let at = 0; at < data.length; at += pieceBytes)
      yield memory.subarray(0, data.copy(memory, 0, at, at + pieceBytes));
  }
  const chunks: Buffer[] = [];
  let error: string | undefined;
  try {
    for await (const chunk of gunzip(new ByteReader(pieces()))) chunks.push(Buffer.from(chunk));
  } catch (thrown) {
    error = String(thrown);
  }
  return { bytes: Buffer.concat(chunks), error };
}

const text = Buffer.from(Array.from({ length: 300 }, (_, i) => `{"line":${i},"square":${i * i}}\n`).join(""));
const packed = gzipSync(text);

test("a member is unpacked", async () => {
  expect(await unpack(packed)).toEqual({ bytes: text, error: undefined });
});

test("members are unpacked one behind the other, wherever the pieces end", async () => {
  const data = Buffer.concat([gzipSync("abc"), gzipSync(""), gzipSync("def\n"), Buffer.alloc(20)]);
  for (let pieceBytes = 1; pieceBytes <= data.length; pieceBytes++) {
    expect(await unpack(data, pieceBytes), `pieces of ${pieceBytes}`).toEqual({
      bytes: Buffer.from("abcdef\n"),
      error: undefined,
    });
  }
});

test("all parts of a header are passed over", async () => {
  const header = Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3]);
  const parts = Buffer.concat([
    Buffer.from([3, 0]),
    Buffer.from("abc"),
    Buffer.from("name\0comment\0"),
    Buffer.from([0, 0]),
  ]);
  const data = Buffer.concat([header, parts, gzipSync("text").subarray(10)]);
  for (let pieceBytes = 1; pieceBytes <= data.length; pieceBytes++) {
    expect((await unpack(data, pieceBytes)).bytes.toString()).toBe("text");
  }
});

test("data cut off anywhere give what stands before", async () => {
  const data = Buffer.concat([gzipSync("abc"), packed]);
  for (let length = 0; length < data.length; length += 29) {
    const { bytes, error } = await unpack(data.subarray(0, length));
    expect(error).toContain(`ends too early: its gzip data stop after ${length} bytes`);
    expect(bytes.equals(Buffer.concat([Buffer.from("abc"), text]).subarray(0, bytes.length))).toBe(true);
  }
  // Nearly all is there when nearly all was.
  expect((await unpack(packed.subarray(0, -9))).bytes.length).toBeGreaterThan(0.95 * text.length);
});

test("a wrong checksum loses nothing", async () => {
  const damaged = Buffer.from(packed);
  damaged.writeUInt32LE(0, damaged.length - 8);
  const { bytes, error } = await unpack(damaged);
  expect(bytes.equals(text)).toBe(true);
  expect(error).toContain("the checksum before byte");
});

test("bytes behind the data lose nothing", async () => {
  const { bytes, error } = await unpack(Buffer.concat([packed, Buffer.from("something else")]));
  expect(bytes.equals(text)).toBe(true);
  expect(error).toContain(`behind its gzip data, from byte ${packed.length} on`);
});

test.for([10_000, 1_000_000])("damage behind %i bytes leaves nearly all of them", async (length) => {
  const random = randomBytes(length / 2).toString("hex");
  const header = gzipSync("").subarray(0, 10);
  const sound = deflateRawSync(random, { finishFlush: constants.Z_FULL_FLUSH });
  // No block begins with these bits.
  const { bytes, error } = await unpack(Buffer.concat([header, sound, Buffer.alloc(100, 0x07)]));
  expect(error).toMatch(/damaged gzip data near byte/);
  expect(bytes.length).toBeGreaterThan(0.9 * length);
  expect(random.startsWith(bytes.toString())).toBe(true);
});

test("a bomb is unpacked piece by piece", async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20));
  let total = 0;
  let largest = 0;
  async function* pieces(): AsyncGenerator<Buffer> {
    yield bomb;
  }
  for await (const chunk of gunzip(new ByteReader(pieces()))) {
    total += chunk.length;
    largest = Math.max(largest, chunk.length);
  }
  expect(total).toBe(64 * 2 ** 20);
  expect(largest).toBeLessThanOrEqual(2 ** 17);
});
