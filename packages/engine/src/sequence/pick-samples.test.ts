import fc from "fast-check";
import { expect, test } from "vitest";
import { candidatesMax, pickSamples } from "./pick-samples.ts";

test.for([
  [["1 2", "3"], 1, ["1 3"]],
  [["1 2", "3"], 5, ["1 3", "2 3"]],
  [["1 2", "1 2"], 5, ["1 2", "2 1"]],
  [["1", "1"], 1, []],
  [["1", ""], 1, []],
  [["1 2 3", "4 5", "4 5 3"], 1, ["1 4 5"]],
  [["1 2", "1 2", "2 3"], 5, ["1 2 3", "2 1 3"]],
  [["1 2", "1"], 1, ["2 1"]],
] as const)("%j, at most %i, gives %j", ([stages, samplesMax, want]) => {
  const lists = stages.map((text) => text.split(" ").filter((item) => item !== ""));
  expect(pickSamples(lists, samplesMax).map((sample) => sample.join(" "))).toEqual(want);
});

test("it gives the first of all samples, in order", () => {
  const list = fc.uniqueArray(fc.integer({ min: 0, max: 7 }), { maxLength: 7 });
  fc.assert(
    fc.property(
      fc.array(list, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 4 }),
      (lists, samplesMax) => {
        const all = lists
          .reduce<number[][]>(
            (starts, items) => starts.flatMap((start) => items.map((item) => [...start, item])),
            [[]],
          )
          .filter((sample) => new Set(sample).size === sample.length);
        expect(pickSamples(lists, samplesMax)).toEqual(all.slice(0, samplesMax));
      },
    ),
  );
});

test("many stages that share too few items are given up at once", () => {
  const items = Array.from({ length: 19 }, (_, i) => i);
  expect(pickSamples(new Array(20).fill(items), 1)).toEqual([]);
  expect(pickSamples(new Array(19).fill(items), 3)).toHaveLength(3);
});

test("more candidates than can matter are not looked at", () => {
  const lists = [0, 1, 2].map((stage) => Array.from({ length: 1000 }, (_, i) => 1000 * stage + i));
  const picked = pickSamples(lists, 4).flat();
  expect(new Set(picked).size).toBeLessThanOrEqual(3 * candidatesMax(3, 4));
});
