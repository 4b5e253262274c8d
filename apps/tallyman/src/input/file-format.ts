import type { ByteReader } from "./byte-reader.ts";

/** What a stream of bytes is, told by how it begins; names do not matter. `text` is everything that is nothing else. */
export interface FileFormat {
  readonly kind: "text" | "utf-8 mark" | "utf-16" | "gzip" | "zstd" | "foreign";
  readonly name: string;
  /** The command that turns it into text. */
  readonly remedy?: string;
}

const text: FileFormat = { kind: "text", name: "text" };
const gzip: FileFormat = { kind: "gzip", name: "gzip", remedy: "gzip -dc" };
const zstd: FileFormat = { kind: "zstd", name: "zstd", remedy: "zstd -dc" };
const utf16: FileFormat = { kind: "utf-16", name: "UTF-16", remedy: "iconv -f UTF-16 -t UTF-8" };

/** The first bytes of each format; where two numbers stand, any byte from the first to the second. */
const formats: readonly (readonly [FileFormat, readonly (number | readonly [number, number])[]])[] = [
  [gzip, [0x1f, 0x8b]],
  [zstd, [0x28, 0xb5, 0x2f, 0xfd]],
  // A frame to be skipped, which may stand before the first frame of data.
  [zstd, [[0x50, 0x5f], 0x2a, 0x4d, 0x18]],
  [{ kind: "utf-8 mark", name: "UTF-8" }, [0xef, 0xbb, 0xbf]],
  [utf16, [0xff, 0xfe]],
  [utf16, [0xfe, 0xff]],
  [{ kind: "foreign", name: "bzip2 data", remedy: "bzip2 -dc" }, [0x42, 0x5a, 0x68, [0x31, 0x39]]],
  [{ kind: "foreign", name: "xz data", remedy: "xz -dc" }, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  [{ kind: "foreign", name: "lz4 data", remedy: "lz4 -dc" }, [0x04, 0x22, 0x4d, 0x18]],
  [{ kind: "foreign", name: "a zip archive", remedy: "unzip -p" }, [0x50, 0x4b, 0x03, 0x04]],
  [{ kind: "foreign", name: "a Parquet file" }, [0x50, 0x41, 0x52, 0x31]],
  [{ kind: "foreign", name: "a Windows event log (EVTX)" }, [0x45, 0x6c, 0x66, 0x46, 0x69, 0x6c, 0x65]],
];

/** Tells the format of what comes next without taking any of it, and without waiting for more bytes than it needs. */
export async function identifyFormat(reader: ByteReader): Promise<FileFormat> {
  let candidates = formats;
  for (let count = 1; candidates.length > 0; count++) {
    const bytes = await reader.peek(count);
    const byte = bytes[count - 1];
    if (byte === undefined) break;
    candidates = candidates.filter(([, magic]) => agrees(magic[count - 1], byte));
    const known = candidates.find(([, magic]) => magic.length === count);
    if (known !== undefined) return known[0];
  }
  return text;
}

function agrees(expected: number | readonly [number, number] | undefined, byte: number): boolean {
  if (typeof expected === "object") return expected[0] <= byte && byte <= expected[1];
  return expected === byte;
}
