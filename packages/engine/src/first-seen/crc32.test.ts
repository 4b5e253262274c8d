import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32 } from "./crc32.ts";

test("the check value of CRC-32", () => {
  expect(crc32(Uint8Array.from("123456789", (digit) => digit.charCodeAt(0))) >>> 0).toBe(0xcbf43926);
});

test("the sum does not depend on how the bytes are cut", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (bytes, cut) => {
      expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(crc32(bytes));
    }),
  );
});

test("any changed bit changes the sum", () => {
  const bytes = Uint8Array.from({ length: 23 }, (_, i) => i * 7);
  const sum = crc32(bytes);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(crc32(changed)).not.toBe(sum);
  }
});
