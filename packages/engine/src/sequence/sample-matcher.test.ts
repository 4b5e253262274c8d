import fc from "fast-check";
import { expect, test } from "vitest";
import type { JoinKey } from "./join-key.ts";
import { SampleMatcher, type SampleMatcherOptions } from "./sample-matcher.ts";

// An event is written as the stages that it matches, a name, and its keys: "01a/x,y" is event a for the stages 0 and 1, of x and y.

test.for([
  ["0a/x 1b/x", undefined, ["x: a b"]],
  ["1b/x 0a/x", undefined, ["x: a b"]],
  ["0a/x 1b/y", undefined, []],
  ["0a/x 0b/x 1c/x 1d/x", undefined, ["x: a c"]],
  ["0a/x 0b/x 1c/x 1d/x", 3, ["x: a c", "x: a d", "x: b c"]],
  // No event stands for two stages of one sample.
  ["01a/x", undefined, []],
  ["01a/x 0b/x", undefined, ["x: b a"]],
  ["01a/x 1b/x", 9, ["x: a b"]],
  // Ordered by key.
  ["0a/y 0b/x 1c/x,y", undefined, ["x: b c", "y: a c"]],
  ["0a/x,y 1b/y,x,x 1c/x", 9, ["x: a b", "x: a c", "y: a b"]],
] as const)("%s, %s of a key, gives %j", ([events, samplesPerKeyMax, want]) => {
  expect(find(events, samplesPerKeyMax === undefined ? {} : { samplesPerKeyMax })).toEqual(want);
});

test("null keys come first", () => {
  const matcher = new SampleMatcher<string>(2);
  const keys: JoinKey[] = [["a"], [null]];
  matcher.onEvent("first", [{ stage: 0, keys }]);
  matcher.onEvent("second", [{ stage: 1, keys }]);
  expect(matcher.finish().map(({ joinKey }) => joinKey)).toEqual([[null], ["a"]]);
});

test("the oldest keys are given up for the limit, and counted", () => {
  const matcher = new SampleMatcher<number>(2, { keysMax: 10 });
  for (let i = 0; i < 30; i++) matcher.onEvent(i, [{ stage: 0, keys: [[i]] }]);
  for (let i = 0; i < 30; i++) matcher.onEvent(i, [{ stage: 1, keys: [[29 - i]] }]);
  expect(matcher.droppedCount).toBe(40);
  expect(matcher.finish()).toEqual([]);
});

test("a match of every stage is found whatever the order of the events", () => {
  const tokens = fc.shuffledSubarray(["0a/x", "0b/x", "01c/x", "1d/x", "2e/x", "12f/x"], { minLength: 6 });
  fc.assert(
    fc.property(tokens, (events) => {
      expect(find(events.join(" "), {}, 3)).toHaveLength(1);
    }),
  );
});

function find(events: string, options: SampleMatcherOptions, stageCount = 2): readonly string[] {
  const matcher = new SampleMatcher<string>(stageCount, options);
  for (const text of events.split(" ")) {
    const [, stages, name, keys] = /^(\d+)(\w+)\/(.*)$/.exec(text) as unknown as [
      string,
      string,
      string,
      string,
    ];
    const joinKeys = keys.split(",").map((key) => [key]);
    matcher.onEvent(
      name,
      [...stages].map((stage) => ({ stage: Number(stage), keys: joinKeys })),
    );
  }
  return matcher.finish().map((sample) => `${sample.joinKey}: ${sample.events.join(" ")}`);
}
