import { expect, test } from "vitest";
import { OpenSequence } from "./open-sequence.ts";
import { Run } from "./run.ts";
import { SequenceState } from "./sequence-state.ts";

const start = { ms: 1, nanos: 0, arrival: 1 };

test("a forgotten sequence leaves nothing behind, wherever it stood", () => {
  const state = new SequenceState<string>([false], 1);
  const [passed, running, waiting] = ["passed", "running", "waiting"].map((key) => {
    const sequence = new OpenSequence<string>(key, start.ms, start, undefined);
    state.open.append(sequence);
    return sequence;
  }) as [OpenSequence<string>, OpenSequence<string>, OpenSequence<string>];
  state.passed[0]?.put(passed);
  const run = new Run<string>(start);
  run.push("event", start, 2);
  run.enter(running);
  running.isRunning = true;
  state.runs[0]?.set(running.key, run);
  waiting.waiting = { joinKey: [], deadlineMs: 9 };
  state.wait(waiting);

  for (const sequence of [running, waiting, passed]) state.forget(sequence);
  expect(state.passed[0]?.of(passed.key)).toEqual([]);
  expect([state.open.size, state.runs[0]?.size, state.waiting.size]).toEqual([0, 0, 0]);
  expect(state.open.oldest).toBeUndefined();
});
