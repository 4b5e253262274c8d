import fc from "fast-check";
import { expect, test } from "vitest";
import { textOfUtf8 } from "./utf8.ts";

test.for([
  [[], ""],
  [[0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80], "aé€😀"],
  [[0xff, 0x61], "\ufffda"],
  [[0xe2, 0x82], "\ufffd"],
  [[0xed, 0xa0, 0x80], "\ufffd\ufffd\ufffd"],
  [[0xf4, 0x90, 0x80, 0x80], "\ufffd\ufffd\ufffd\ufffd"],
] as const)("%j is %j", ([bytes, text]) => {
  expect(textOfUtf8(bytes)).toBe(text);
});

test("it is what Node makes of the same bytes", () => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme" }).map((text) => [...Buffer.from(text)]),
    fc.array(fc.oneof(fc.constantFrom(0xe0, 0xed, 0xf0, 0xf4, 0x80, 0xbf, 0x9f, 0xc1), fc.nat(255))),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const bytes = Uint8Array.from(pieces.flat());
      expect(textOfUtf8(bytes)).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
    }),
    { numRuns: 500 },
  );
});

test("long texts are whole", () => {
  const text = "äb".repeat(10_000);
  expect(textOfUtf8(Buffer.from(text))).toBe(text);
});
