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

test("a late event counts in its own interval, and does not open it again", () => {
  const budget = new SignalBudget(1, 1000);
  expect([5000, 4000, 4001, 5999, 6000].map((ms) => budget.take(ms))).toEqual([
    true,
    true,
    false,
    false,
    true,
  ]);
});

test("an event from the far future takes nothing from those of the present", () => {
  const budget = new SignalBudget(1, 1000);
  const future = Date.UTC(9999, 0);
  expect([0, future, future, 1000, 1001, 2000].map((ms) => budget.take(ms))).toEqual([
    true,
    true,
    false,
    true,
    false,
    true,
  ]);
});

test("intervals are forgotten, the first ones first", () => {
  const budget = new SignalBudget(1, 1000);
  for (let i = 0; i < 65; i++) expect(budget.take(i * 1000)).toBe(true);
  expect([64_000, 1000, 0].map((ms) => budget.take(ms))).toEqual([false, false, true]);
});

test("what intervals have had is saved and restored", () => {
  const budget = new SignalBudget(1, 1000);
  expect(budget.save()).toBeUndefined();
  for (const ms of [0, 5000]) budget.take(ms);
  const restored = new SignalBudget(1, 1000);
  restored.restore(JSON.parse(JSON.stringify(budget.save())));
  expect([999, 5999, 6000].map((ms) => restored.take(ms))).toEqual([false, false, true]);
  for (const broken of [null, 1, "x", {}, [1, [2], ["a", 1], [null, null]]])
    new SignalBudget(1, 1000).restore(broken);
});
