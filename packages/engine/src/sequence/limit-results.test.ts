import { expect, test } from "vitest";
import { limitResults, type ResultPipe } from "./limit-results.ts";

test.for([
  ["", 3, [4, 5, 6]],
  ["", 9, [1, 2, 3, 4, 5, 6]],
  ["", 0, []],
  ["head 2", 9, [1, 2]],
  ["tail 2", 9, [5, 6]],
  ["head 4 | tail 2", 9, [3, 4]],
  ["tail 4 | head 1", 9, [3]],
  ["tail 0", 9, []],
  // The size counts from the side of the first pipe, and no pipe gives more.
  ["head 5", 3, [1, 2, 3]],
  ["tail 5", 3, [4, 5, 6]],
  ["head 5 | tail 1", 3, [3]],
  ["tail 5 | head 1", 3, [4]],
] as const)("'%s' of six results with size %i gives %j", ([text, size, want]) => {
  const pipes = text === "" ? [] : text.split(" | ").map(pipeOf);
  expect(limitResults([1, 2, 3, 4, 5, 6], pipes, size)).toEqual(want);
});

function pipeOf(text: string): ResultPipe {
  const [kind, count] = text.split(" ");
  return { kind: kind === "head" ? "head" : "tail", count: Number(count) };
}
