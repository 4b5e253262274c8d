import type { Json } from "@tallyman/ecs";
import { expect, test } from "vitest";
import { RollingSampleMatcher } from "./rolling-sample-matcher.ts";

// An event is written as the stages that it matches, "@" and its time, and its keys: "01@5/x,y". The look-back is 10 ms.

test.for([
  ["0@1/x 1@2/x", ["x: 0@1/x 1@2/x"]],
  ["1@1/x 0@2/x", ["x: 0@2/x 1@1/x"]],
  ["0@1/x 1@2/y", []],
  ["01@1/x", []],
  ["01@1/x 1@2/x", ["x: 01@1/x 1@2/x"]],
  // All events of a sample lie within the look-back.
  ["0@1/x 1@11/x", ["x: 0@1/x 1@11/x"]],
  ["0@1/x 1@12/x", []],
  ["0@1/x 0@5/x 1@12/x", ["x: 0@5/x 1@12/x"]],
  // Its key then rests for as long.
  ["0@1/x 1@2/x 0@3/x 1@4/x 0@12/x", ["x: 0@1/x 1@2/x"]],
  ["0@1/x 1@2/x 0@3/x 1@4/x 0@13/x 1@14/x", ["x: 0@1/x 1@2/x", "x: 0@13/x 1@14/x"]],
  ["0@1/x,y 1@2/x 1@3/y", ["x: 0@1/x,y 1@2/x", "y: 0@1/x,y 1@3/y"]],
  ["0@1/x,y 1@2/y,x,x", ["y: 0@1/x,y 1@2/y,x,x", "x: 0@1/x,y 1@2/y,x,x"]],
  // A late event counts while it is young enough.
  ["0@20/x 1@12/x", ["x: 0@20/x 1@12/x"]],
  ["0@20/x 1@9/x", []],
  ["0@20/y 0@12/x 1@23/x", []],
] as const)("%s gives %j", ([events, want]) => {
  expect(find(events, false)).toEqual(want);
  expect(find(events, true)).toEqual(want);
});

test("of more events than a sample can need the latest are held", () => {
  const matcher = new RollingSampleMatcher<number>(2, { lookBackMs: 1000 });
  for (let ms = 1; ms <= 100; ms++) matcher.onEvent(ms, ms, [{ stage: 0, keys: [[]] }]);
  expect(JSON.stringify(matcher.save((event) => event)).match(/\[\d+,\d+\]/g)).toContain("[99,99]");
  expect(matcher.onEvent(101, 101, [{ stage: 1, keys: [[]] }]).map(({ events }) => events)).toEqual([
    [99, 101],
  ]);
});

test("join keys are forgotten with time, and given up for the limit", () => {
  const matcher = new RollingSampleMatcher<number>(2, { lookBackMs: 10, keysMax: 3 });
  for (let ms = 1; ms <= 5; ms++) matcher.onEvent(ms, ms, [{ stage: 0, keys: [[ms]] }]);
  expect([matcher.keyCount, matcher.droppedCount]).toEqual([3, 2]);
  matcher.advanceTo(14);
  expect(matcher.keyCount).toBe(2);
  matcher.advanceTo(16);
  expect(matcher.keyCount).toBe(0);
});

test("of the join keys the one that changed longest ago is given up", () => {
  const matcher = new RollingSampleMatcher<string>(2, { lookBackMs: 10, keysMax: 2 });
  const found = ["x", "y", "x", "z"].map((key, i) => matcher.onEvent(key, i, [{ stage: 0, keys: [[key]] }]));
  expect(found.flat()).toEqual([]);
  const joinKeys = ["x", "z", "y"].flatMap((key) => matcher.onEvent(key, 9, [{ stage: 1, keys: [[key]] }]));
  expect(joinKeys.map(({ joinKey }) => joinKey)).toEqual([["x"], ["z"]]);
});

test("state that is none, or of another sample, is refused", () => {
  const matcher = new RollingSampleMatcher<number>(2, { lookBackMs: 10 });
  matcher.onEvent(1, 1, [{ stage: 0, keys: [["x"]] }]);
  const saved = matcher.save((event) => event) as { [name: string]: Json };
  const taken = (stageCount: number, state: Json): boolean =>
    new RollingSampleMatcher<number>(stageCount, { lookBackMs: 10 }).restore(state, Number);
  expect(taken(2, saved)).toBe(true);
  expect(taken(3, saved)).toBe(false);
  for (const state of [
    null,
    [],
    {},
    { ...saved, version: 2 },
    { ...saved, events: [] },
    { ...saved, windows: [1] },
  ]) {
    expect(taken(2, state)).toBe(false);
  }
});

function find(events: string, restarts: boolean): readonly string[] {
  let matcher = new RollingSampleMatcher<string>(2, { lookBackMs: 10 });
  return events.split(" ").flatMap((text) => {
    if (restarts) {
      const saved: Json = JSON.parse(JSON.stringify(matcher.save((event) => event)));
      matcher = new RollingSampleMatcher<string>(2, { lookBackMs: 10 });
      expect(matcher.restore(saved, String)).toBe(true);
    }
    const [stages, ms, keyText] = text.split(/[@/]/) as [string, string, string];
    const keys = keyText.split(",").map((key) => [key]);
    const matches = [...stages].map((stage) => ({ stage: Number(stage), keys }));
    return matcher
      .onEvent(text, Number(ms), matches)
      .map((sample) => `${sample.joinKey}: ${sample.events.join(" ")}`);
  });
}
