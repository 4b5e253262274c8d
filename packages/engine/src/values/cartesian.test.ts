import { expect, test } from "vitest";
import { cartesian } from "./cartesian.ts";

test.for([
  { columns: [["a"]], max: 9, want: [["a"]], cut: 0 },
  {
    columns: [
      ["a", "b"],
      ["c", "d"],
    ],
    max: 9,
    want: [
      ["a", "c"],
      ["a", "d"],
      ["b", "c"],
      ["b", "d"],
    ],
    cut: 0,
  },
  { columns: [["a", "b"], []], max: 9, want: [], cut: 0 },
  {
    columns: [
      ["a", "b"],
      ["c", "d"],
      ["e", "f"],
    ],
    max: 3,
    want: [
      ["a", "c", "e"],
      ["a", "c", "f"],
      ["a", "d", "e"],
    ],
    cut: 5,
  },
])("$columns up to $max", ({ columns, max, want, cut }) => {
  expect(cartesian(columns, max)).toEqual({ combinations: want, cut });
});

test("a product too large to count is cut all the same", () => {
  const column = Array.from({ length: 100_000 }, (_, i) => i);
  const { combinations, cut } = cartesian([column, column, column], 10);
  expect(combinations.length).toBe(10);
  expect(cut).toBe(1e15 - 10);
});
