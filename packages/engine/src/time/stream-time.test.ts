import { expect, test } from "vitest";
import { StreamTime } from "./stream-time.ts";

const day = 86_400_000;
const now = Date.UTC(2024, 4, 1);

test("time goes on, and late events do not turn it back", () => {
  const time = new StreamTime();
  for (const ms of [now, now + 5, now + 1, now + 5 - day]) expect(time.moveTo(ms)).toBe(false);
  expect(time.nowMs).toBe(now + 5);
});

test("single events from long ago do not turn it back either", () => {
  const time = new StreamTime(now);
  for (let i = 0; i < 1000; i++) expect(time.moveTo(i % 50 === 0 ? now : 0)).toBe(false);
  expect(time.nowMs).toBe(now);
});

test("it comes back from the far future when the next hundred events are from before", () => {
  const time = new StreamTime();
  time.moveTo(now);
  time.moveTo(Date.UTC(9999, 0));
  const turned = Array.from({ length: 100 }, (_, i) => time.moveTo(now + i));
  expect(turned.indexOf(true)).toBe(99);
  expect(time.nowMs).toBe(now + 99);
});
