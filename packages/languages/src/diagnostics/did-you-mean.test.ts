import { expect, test } from "vitest";
import { didYouMean, findNearest } from "./did-you-mean.ts";

test.for<[written: string, candidates: readonly string[], nearest: string | undefined]>([
  ["hgih", ["low", "high"], "high"],
  ["HIGH", ["low", "high"], "high"],
  ["lenght", ["length", "number"], "length"],
  ["lenght", ["number"], undefined],
  ["x", ["y"], "y"],
  ["x", ["yz"], undefined],
  ["interrval", ["internal", "interval"], "interval"],
  ["procces.name", ["process.name", "process.pid"], "process.name"],
  ["process.nmae", ["process.name", "process.args"], "process.name"],
  [
    "process.entry_leader.entry_mta.type",
    ["process.entry_leader.entry_meta.type"],
    "process.entry_leader.entry_meta.type",
  ],
  // Of a dotted name only the part that differs says how far apart two names are.
  ["vulnerability.x", ["vulnerability.id"], undefined],
  ["process.foo", ["process.io"], undefined],
  ["process_name", ["process.name"], "process.name"],
  ["", ["a"], "a"],
  ["a", [], undefined],
])("%s among %s is %s", ([written, candidates, nearest]) => {
  expect(findNearest(written, candidates)).toBe(nearest);
});

test("the first of several that are as near", () => {
  expect(findNearest("cat", ["dog", "car", "can"])).toBe("car");
});

test("a hint is a question, or none", () => {
  expect(didYouMean("hgih", ["high"])).toBe("did you mean 'high'?");
  expect(didYouMean("xyz", ["high"])).toBeUndefined();
});
