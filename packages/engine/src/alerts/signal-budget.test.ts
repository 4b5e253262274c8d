import { expect, test } from "vitest";
import { SignalBudget } from "./signal-budget.ts";

test("so many alerts per interval, then a new interval", () => {
  const budget = new SignalBudget(2, 1000);
  expect([0, 999, 500, 1000, 1001, 1002].map((ms) => budget.take(ms))).toEqual([
    true,
    true,
    false,
    true,
    true,
    false,
  ]);
  expect(budget.cut).toBe(2);
});

test("a late event does not open an interval again", () => {
  const budget = new SignalBudget(1, 1000);
  expect([5000, 4000, 5999, 6000].map((ms) => budget.take(ms))).toEqual([true, false, false, true]);
});
