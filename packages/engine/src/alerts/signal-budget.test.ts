import type { Json } from "@tallyman/ecs";
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

test("what was taken is taken after a restart too, unless intervals have another length", () => {
  const before = new SignalBudget(1, 1000);
  before.take(5000);
  const saved = JSON.parse(JSON.stringify(before.save())) as Json;
  const [same, other] = [new SignalBudget(1, 1000), new SignalBudget(1, 5000)];
  for (const budget of [same, other]) budget.restore(saved);
  expect([same.take(5001), same.take(6000), other.take(5001)]).toEqual([false, true, true]);
  for (const broken of [undefined, null, {}, { intervalMs: 1000 }, { intervalMs: 1000, taken: [1, ["a"]] }]) {
    const budget = new SignalBudget(1, 1000);
    budget.restore(broken);
    expect(budget.take(5000)).toBe(true);
  }
});
