import fc from "fast-check";
import { expect, test } from "vitest";
import { ValueIndex } from "./value-index.ts";

test("finds what was added and has not gone, of one value the last ones", () => {
  const steps = fc.array(fc.record({ value: fc.nat(30), gone: fc.boolean() }), { maxLength: 300 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 4 }), (given, max) => {
      const held = new Set<number>();
      const index = new ValueIndex((number) => held.has(number), max);
      const expected = new Map<number, number[]>();
      for (const [i, { gone, value }] of given.entries()) {
        index.add(`${value}`, i + 1);
        held.add(i + 1);
        expected.set(value, [...(expected.get(value) ?? []), i + 1].slice(-max));
        if (gone) held.delete(Math.ceil((i + 1) / 2));
      }
      for (const [value, numbers] of expected)
        expect([...index.find(`${value}`)].sort((a, b) => a - b)).toEqual(numbers.filter((n) => held.has(n)));
      expect(index.find("never added")).toEqual([]);
    }),
  );
});

test("takes 11 to 22 bytes an entry, and those that have gone do not make it grow", () => {
  const index = new ValueIndex(() => true, 200);
  for (let i = 1; i <= 100_000; i++) index.add(`198.51.${i >> 8}.${i & 255}`, i);
  expect(index.bytes / 100_000).toBeGreaterThan(10);
  expect(index.bytes / 100_000).toBeLessThan(22);

  let newest = 0;
  const passing = new ValueIndex((number) => number > newest - 100, 200);
  for (newest = 1; newest <= 100_000; newest++) passing.add(`${newest}`, newest);
  expect(passing.bytes).toBeLessThan(10_000);
});
