import fc from "fast-check";
import { expect, test } from "vitest";
import { BinaryHeap } from "./binary-heap.ts";
import { SortingQueue } from "./sorting-queue.ts";

/** Numbers to be pushed, in any order or nearly sorted; -1 takes one out. */
const steps = fc.oneof(
  fc.array(fc.integer({ min: -1, max: 20 })),
  fc
    .array(fc.integer({ min: -3, max: 3 }), { maxLength: 400 })
    .map((all) => all.map((n, i) => (n === -3 ? -1 : i + n + 3))),
);

test.for([
  { name: "a heap", create: () => new BinaryHeap<number>((a, b) => a < b) },
  { name: "a sorting queue", create: () => new SortingQueue<number>((a, b) => a < b) },
])("$name gives the smallest first, whatever is pushed between", ({ create }) => {
  fc.assert(
    fc.property(steps, (numbers) => {
      const queue = create();
      const model: number[] = [];
      for (const number of numbers) {
        if (number >= 0) {
          queue.push(number);
          model.push(number);
          model.sort((a, b) => a - b);
        } else {
          queue.pop();
          model.shift();
        }
        expect(queue.first).toBe(model[0]);
        expect(queue.size).toBe(model.length);
      }
    }),
  );
});

test("a heap is in order again after its first item has changed", () => {
  const numbers = fc.array(fc.nat({ max: 50 }), { minLength: 1 });
  fc.assert(
    fc.property(numbers, fc.nat({ max: 60 }), (all, change) => {
      const heap = new BinaryHeap<{ n: number }>((a, b) => a.n < b.n);
      for (const n of all) heap.push({ n });
      (heap.first as { n: number }).n = change;
      heap.reorderFirst();
      const popped: number[] = [];
      for (let item = heap.pop(); item !== undefined; item = heap.pop()) popped.push(item.n);
      const sorted = [...all].sort((a, b) => a - b);
      expect(popped).toEqual([change, ...sorted.slice(1)].sort((a, b) => a - b));
    }),
  );
});
