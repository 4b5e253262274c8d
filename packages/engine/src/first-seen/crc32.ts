/**
 * The CRC-32 of bytes, as zip and PNG use it, as a signed integer. `crc` is that of the bytes before, so that a long text can be
 * checked piece by piece.
 */
export function crc32(bytes: Uint8Array, crc = 0): number {
  let state = ~crc;
  let i = 0;
  // Four bytes at a time: each table is the one before, advanced by a byte of zeros.
  for (; i + 4 <= bytes.length; i += 4) {
    state ^=
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    state =
      (after4[state & 0xff] as number) ^
      (after3[(state >>> 8) & 0xff] as number) ^
      (after2[(state >>> 16) & 0xff] as number) ^
      (after1[state >>> 24] as number);
  }
  for (; i < bytes.length; i++) {
    state = (state >>> 8) ^ (after1[(state ^ (bytes[i] as number)) & 0xff] as number);
  }
  return ~state;
}

const after1 = Int32Array.from({ length: 256 }, (_, byte) => {
  let state = byte;
  for (let bit = 0; bit < 8; bit++) state = (state >>> 1) ^ (state & 1 ? 0xedb88320 : 0);
  return state;
});
const after2 = after1.map(advanced);
const after3 = after2.map(advanced);
const after4 = after3.map(advanced);

function advanced(state: number): number {
  return (state >>> 8) ^ (after1[state & 0xff] as number);
}
