import { expect, test } from "vitest";
import { RecentIds } from "./recent-ids.ts";

test("remembers so many ids and forgets the oldest", () => {
  const ids = new RecentIds(2);
  expect(["a", "a", "b", "c", "b", "a"].map((id) => ids.add(id))).toEqual([
    true,
    false,
    true,
    true,
    false,
    true,
  ]);
});
