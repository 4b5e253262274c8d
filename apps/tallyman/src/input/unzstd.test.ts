import { spawnSync } from "node:child_process";
import zlib from "node:zlib";
import { describe, expect, test } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { PlainZstdDecoder, unzstd, type ZstdDecoder } from "./unzstd.ts";

interface Unpacked {
  readonly bytes: Buffer;
  readonly error: string | undefined;
}

async function unpack(
  data: Buffer,
  decoder: ZstdDecoder | undefined,
  pieceBytes = data.length,
): Promise<Unpacked> {
  async function* pieces(): AsyncGenerator<Buffer> {
    const memory = Buffer.alloc(pieceBytes);
    for (let at = 0; at < data.length; at += pieceBytes)
      yield memory.subarray(0, data.copy(memory, 0, at, at + pieceBytes));
  }
  const chunks: Buffer[] = [];
  let error: string | undefined;
  try {
    for await (const chunk of unzstd(new ByteReader(pieces()), decoder)) chunks.push(Buffer.from(chunk));
  } catch (thrown) {
    error = String(thrown);
  }
  return { bytes: Buffer.concat(chunks), error };
}

/** Forty events, by the zstd program, with a checksum: compressed literals and sequences in one block. */
const sample = Buffer.from(
  "KLUv/QRYhQcA8s0mHXBp0gY+tgiNGpLJhrXZV/EnEIns7t5hHaL/pw8mhmUxNZlrUAsTD9fuZnZVZfq6+WUzl0mzZrU2UXHznlaHVXovn8vMZH3Nr/Un+rjm" +
    "buy3ddXf6luaxDWndYmGW/daGAm7KwelNyyL7R8qUCR0IAPFIKBDB2Ig0MIhRTkSCQoJHWjANoB97LMWQCNuRJaLDiWIsVAORLEIoIVSqDFYt/f/DuB1OhJ4" +
    "CIEGg+DvEOwQ0Es/rLbG5uz+NFgNbCm2Dt7N9tuk5/Jz3smlE3Ne7SaXxmKJ3fzXvRRJ5zVW9oDsAH6cA80Apj2SYlcBRv/+lw==",
  "base64",
);
const names = ["bash", "sh", "ls", "cat"];
const sampleText = Buffer.from(
  Array.from({ length: 40 }, (_, i) => {
    const time = new Date(1767600000000 + i * 1000).toISOString();
    return `${JSON.stringify({ "@timestamp": time, process: { name: names[i % 4], pid: 1000 + i * 7 } })}\n`;
  }).join(""),
);

/** A frame with a window of 1 MiB and these blocks: text as it is, or a character with how often it stands. */
function frame(...blocks: readonly (string | readonly [string, number])[]): Buffer {
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50])];
  blocks.forEach((block, i) => {
    const last = i === blocks.length - 1 ? 1 : 0;
    const [content, kind, size] =
      typeof block === "string" ? [block, 0, block.length] : [block[0], 1, block[1]];
    const head = Buffer.alloc(3);
    head.writeUIntLE(last | (kind << 1) | (size << 3), 0, 3);
    parts.push(head, Buffer.from(content));
  });
  return Buffer.concat(parts);
}

/** A frame of a single segment, as programs write it for small inputs; the content's length takes `fieldBytes`. */
function singleSegment(content: string, fieldBytes: 1 | 2 | 4 | 8): Buffer {
  const field = Buffer.alloc(8);
  field.writeUInt32LE(fieldBytes === 2 ? content.length - 256 : content.length);
  const descriptor = ({ 1: 0x20, 2: 0x60, 4: 0xa0, 8: 0xe0 } as const)[fieldBytes];
  const head = Buffer.alloc(3);
  head.writeUIntLE(1 | (content.length << 3), 0, 3);
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, descriptor]),
    field.subarray(0, fieldBytes),
    head,
    Buffer.from(content),
  ]);
}

function skippable(length: number, number = 0): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a50 + number);
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, Buffer.alloc(length, 0xfd)]);
}

const isInNode = "createZstdDecompress" in zlib;
const decoders = [
  { name: "fzstd", create: () => new PlainZstdDecoder() },
  ...(isInNode ? [{ name: "Node's own", create: () => undefined }] : []),
] as const;

describe.for(decoders)("with $name decoder", ({ create }) => {
  test("a frame is unpacked, wherever the pieces end", async () => {
    for (const pieceBytes of [1, 2, 3, 7, 50, sample.length]) {
      expect(await unpack(sample, create(), pieceBytes)).toEqual({ bytes: sampleText, error: undefined });
    }
  });

  test("frames of all kinds are unpacked one behind the other, wherever the pieces end", async () => {
    const long = "y".repeat(300);
    const data = Buffer.concat([
      skippable(3, 15),
      frame("one ", ["x", 5], " two\n"),
      frame(""),
      skippable(0),
      singleSegment("three\n", 1),
      singleSegment(long, 2),
      singleSegment("four", 4),
      singleSegment("five", 8),
      sample,
      skippable(40),
    ]);
    const want = Buffer.concat([Buffer.from(`one xxxxx two\nthree\n${long}fourfive`), sampleText]);
    for (let pieceBytes = 1; pieceBytes <= data.length; pieceBytes += pieceBytes < 40 ? 1 : 61) {
      expect(await unpack(data, create(), pieceBytes), `pieces of ${pieceBytes}`).toEqual({
        bytes: want,
        error: undefined,
      });
    }
  });

  test("data cut off anywhere give what stands before", async () => {
    const first = frame("abc");
    const data = Buffer.concat([first, frame("a longer one", "def", "ghi"), skippable(9)]);
    for (let length = 1; length < data.length; length++) {
      const { bytes, error } = await unpack(data.subarray(0, length), create());
      if ([first.length, data.length - 17].includes(length)) expect(error, `${length}`).toBeUndefined();
      else expect(error, `${length}`).toMatch(/ends too early|something else/);
      expect("abca longer onedefghi".startsWith(bytes.toString())).toBe(true);
    }
    expect((await unpack(data.subarray(0, -18), create())).bytes.toString()).toBe("abca longer onedef");
    const { error } = await unpack(sample.subarray(0, 100), create());
    expect(error).toContain("its zstd data stop after 100 bytes");
  });

  test("damaged data end the reading at most", async () => {
    for (let at = 4; at <= sample.length - 4; at++) {
      const damaged = Buffer.from(sample);
      damaged.fill(0xff, at, at + 4);
      const { bytes, error } = await unpack(damaged, create());
      expect(error === undefined || /damaged|ends too early|MiB|dictionary/.test(error), `at ${at}`).toBe(
        true,
      );
      expect(bytes.length).toBeLessThanOrEqual(2 ** 17);
    }
    const { error } = await unpack(
      Buffer.concat([sample.subarray(0, 20), Buffer.alloc(400, 0xff)]),
      create(),
    );
    expect(error).toContain("damaged zstd data near byte");
  });

  test("a frame whose content is not as long as it says is damaged", async () => {
    const data = singleSegment("four", 4);
    data[5] = 5;
    expect((await unpack(data, create())).error).toContain("damaged");
  });

  test("bytes behind the data lose nothing", async () => {
    const { bytes, error } = await unpack(Buffer.concat([sample, Buffer.from("something else")]), create());
    expect(bytes).toEqual(sampleText);
    expect(error).toContain(`behind its zstd data, from byte ${sample.length} on`);
  });

  test("a bomb is unpacked piece by piece", async () => {
    const repeated: [string, number] = ["x", 2 ** 17];
    const bomb = frame(...Array.from({ length: 1000 }, () => repeated));
    let total = 0;
    let largest = 0;
    async function* pieces(): AsyncGenerator<Buffer> {
      yield bomb;
    }
    for await (const chunk of unzstd(new ByteReader(pieces()), create())) {
      total += chunk.length;
      largest = Math.max(largest, chunk.length);
    }
    expect(total).toBe(1000 * 2 ** 17);
    expect(largest).toBeLessThanOrEqual(2 ** 17);
  });
});

test.for([
  { about: "a window over the limit", header: [0x00, 0xff], want: "MiB allowed" },
  {
    about: "content over the limit in one segment",
    header: [0xe0, 0, 0, 0, 0, 1, 0, 0, 0],
    want: "MiB allowed",
  },
  { about: "a dictionary", header: [0x01, 0x50, 7], want: "dictionary" },
  { about: "a reserved bit", header: [0x08, 0x50], want: "damaged" },
  { about: "a reserved kind of block", header: [0x00, 0x50, 0x07, 0, 0], want: "damaged" },
  { about: "a block over the limit", header: [0x00, 0x50, 0x01, 0, 0xff], want: "damaged" },
])("$about is refused before any memory is taken", async ({ header, want }) => {
  const data = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...header]), Buffer.alloc(20)]);
  expect((await unpack(data, undefined)).error).toContain(want);
});

test("what the zstd program makes of larger data is unpacked", async ({ skip }) => {
  const lines = Array.from(
    { length: 8000 },
    (_, i) => `{"i":${i},"hash":${Math.imul(i, 2654435761)}}\n`,
  ).join("");
  for (const level of ["-1", "-12"]) {
    const { stdout, error } = spawnSync("zstd", ["-c", level], { input: lines, maxBuffer: 1e8 });
    if (error !== undefined) skip("there is no zstd program here");
    for (const { create } of decoders) {
      const { bytes, error: fault } = await unpack(Buffer.concat([stdout, stdout]), create(), 10_000);
      expect(fault).toBeUndefined();
      expect(bytes.equals(Buffer.from(lines + lines))).toBe(true);
    }
  }
});
