import { expect, test } from "vitest";
import { RecentIds } from "./recent-ids.ts";

test("remembers the last ids and forgets the oldest", () => {
  const ids = new RecentIds(4);
  expect(["a", "a", "b", "c", "a", "d", "e", "c", "a"].map((id) => ids.add(id))).toEqual([
    true,
    false,
    true,
    true,
    false,
    true,
    true,
    false,
    true,
  ]);
});
