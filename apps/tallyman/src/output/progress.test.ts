import { expect, test } from "vitest";
import { type ProgressState, startProgress } from "./progress.ts";
import { describeTerminal } from "./terminal.ts";
import { type SampleTerminal, sampleTerminal } from "./testing/sample-terminal.ts";

/** Progress with a clock of its own; gives what it writes. */
function started(settings: SampleTerminal = {}) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const progress = startProgress(
    sampleTerminal(settings),
    (text) => written.push(text),
    () => clock.ms,
  );
  const state: ProgressState = { events: 1_200_000, alerts: 3, storedBytes: 25e6, sizeBytes: 100e6 };
  const updateAt = (ms: number, change: Partial<ProgressState> = {}): void => {
    clock.ms = ms;
    progress.update(() => ({ ...state, ...change }));
  };
  return { written, progress, updateAt };
}

test("the line says how far the work is and when it will be done", () => {
  const { written, updateAt } = started({ width: 120 });
  updateAt(2000);
  expect(written).toEqual([
    "\r\u001b[K25% · 1,200,000 events · 3 alerts · 25.0 MB of 100 MB · 600,000 events/s · 0:06 left",
  ]);
});

test.for<[what: string, change: Partial<ProgressState>, want: string]>([
  [
    "a size nobody knows",
    { sizeBytes: undefined },
    "1,200,000 events · 3 alerts · 25.0 MB · 600,000 events/s",
  ],
  ["a file that grows", { sizeBytes: 1 }, "1,200,000 events · 3 alerts · 25.0 MB · 600,000 events/s"],
  [
    "hours",
    { storedBytes: 2e6 },
    "2% · 1,200,000 events · 3 alerts · 2.0 MB of 100 MB · 600,000 events/s · 1:38 left",
  ],
])("%s", ([, change, want]) => {
  const { written, updateAt } = started({ width: 120 });
  updateAt(2000, change);
  expect(written).toEqual([`\r\u001b[K${want}`]);
});

test("it is cut to one column less than the window has", () => {
  const { written, updateAt } = started({ width: 40 });
  updateAt(2000);
  expect(written).toEqual(["\r\u001b[K25% · 1,200,000 events · 3 alerts · 25…"]);
});

test("it begins after a second, and is drawn five times a second", () => {
  const { written, updateAt } = started();
  for (let ms = 0; ms < 1000; ms += 10) updateAt(ms);
  expect(written).toHaveLength(0);
  for (let ms = 1000; ms < 2000; ms += 10) updateAt(ms);
  expect(written).toHaveLength(5);
});

test("it goes out of the way, comes back, and ends for good", () => {
  const { written, progress, updateAt } = started();
  progress.clear();
  expect(written).toEqual([]);
  updateAt(1000);
  progress.clear();
  progress.clear();
  expect(written.slice(1)).toEqual(["\r\u001b[K"]);
  updateAt(1200);
  progress.stop();
  updateAt(9000);
  expect(written.slice(2).map((text) => text.length > 4)).toEqual([true, false]);
});

test.for([
  ["a file", {}, {}],
  ["a dumb terminal", { isTTY: true }, { TERM: "dumb" }],
] as const)("nothing is written to %s", ([, stream, environment]) => {
  const written: string[] = [];
  let ms = 0;
  const progress = startProgress(
    describeTerminal(stream, environment, "always"),
    (text) => written.push(text),
    () => (ms += 5000),
  );
  progress.update(() => ({ events: 1, alerts: 0, storedBytes: 1, sizeBytes: undefined }));
  progress.stop();
  expect(written).toEqual([]);
});
