import { expect, test } from "vitest";
import { bootTime } from "./boot-time.ts";

const second = 1_000_000_000n;

test("it stays the same while the clocks waver, and follows a wall clock that is set, within a second", () => {
  let bootNs = 100n * second;
  let setBy = 5000n * second;
  const answer = bootTime({ bootClockNs: () => bootNs, wallClockNs: () => setBy + bootNs });
  expect(answer()).toBe(5000n * second);
  bootNs += 2n * second;
  setBy += 999_999n;
  expect(answer()).toBe(5000n * second);
  setBy = 6000n * second;
  expect(answer()).toBe(5000n * second);
  bootNs += second;
  expect(answer()).toBe(6000n * second);
  setBy -= 1_000_000n;
  bootNs += second;
  expect(answer()).toBe(6000n * second - 1_000_000n);
});
