import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { digest, digestOf, uuidOf } from "./alert-id.ts";

test("a digest is SHA-256 over UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(digest(text)).toBe(createHash("sha256").update(text, "utf8").digest("hex"));
    }),
  );
});

test("parts cannot be confused, however they are cut", () => {
  expect(digestOf(["a", "bc"])).not.toBe(digestOf(["ab", "c"]));
  expect(digestOf(["1"])).not.toBe(digestOf([1]));
});

test("a UUID has version 8 and the variant of RFC 9562", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(uuidOf(text)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }),
  );
});
