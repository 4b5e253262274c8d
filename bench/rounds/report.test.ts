import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { renderMarkdown, renderText } from "./report.ts";
import { type ResultRow, type Results, readResults, resultRow, writeResults } from "./results.ts";
import { type Round, type Target, targets } from "./targets.ts";

const ratio = targets.find(({ id }) => id === "T3") as Target;
const rounds: readonly Round[] = [6, 4, 2].map((cpuUs) => ({
  stateless: { cpuUs },
  "json-parse": { cpuUs: 2 },
}));

test.for([
  { rounds, want: { median: 2, lowest: 1, highest: 3 } },
  { rounds: rounds.slice(1), want: { median: 1.5, lowest: 1, highest: 2 } },
  { rounds: rounds.slice(2), want: { median: 1, lowest: 1, highest: 1 } },
])("ratios are taken in each round, then their median: $want", ({ rounds, want }) => {
  expect(resultRow(ratio, "mixed", rounds).result).toEqual(want);
});

test("a figure that a mode did not measure is an error, not a number", () => {
  expect(() => resultRow(ratio, "mixed", [{ stateless: { cpuUs: 1 } }])).toThrow(
    "json-parse measured no cpuUs",
  );
});

const results: Results = {
  measured: "2026-11-24",
  machine: "2 × some cpu",
  rules: "our own rules: 6",
  settings: "3 rounds",
  rows: [
    row("T1", { median: 0.4, lowest: 0.39, highest: 0.61 }),
    row("T3", { median: 0.5, lowest: 0.5, highest: 0.5, note: "in the quiet" }),
    row("T5", { median: 12.34, lowest: 9, highest: 123.4 }),
    row("T11", { notMeasured: "no store | yet" }),
  ],
};

function row(id: string, result: ResultRow["result"]): ResultRow {
  return { id, what: "work ÷ JP", events: "mixed", unit: "×", required: 0.55, aimed: 0.4, result };
}

test("results are a table for people", () => {
  expect(renderText(results)).toBe(`2026-11-24, 2 × some cpu
our own rules: 6
3 rounds

     what is measured  events  required   aim  median         range
T1   work ÷ JP         mixed       0.55  0.40    0.40  0.39 to 0.61  aim met
T3   work ÷ JP         mixed       0.55  0.40    0.50                met
T5   work ÷ JP         mixed       0.55  0.40    12.3   9.00 to 123  missed
T11  work ÷ JP         mixed       0.55  0.40                        not measured: no store | yet

T3: in the quiet`);
});

test("results are a table in Markdown", () => {
  expect(renderMarkdown(results).split("\n").slice(4)).toEqual([
    "|  | what is measured | events | required | aim | median | range |  |",
    "| --- | --- | --- | ---: | ---: | ---: | ---: | --- |",
    "| T1 | work ÷ JP | mixed | 0.55 | 0.40 | 0.40 | 0.39 to 0.61 | aim met |",
    "| T3 | work ÷ JP | mixed | 0.55 | 0.40 | 0.50 |  | met |",
    "| T5 | work ÷ JP | mixed | 0.55 | 0.40 | 12.3 | 9.00 to 123 | missed |",
    "| T11 | work ÷ JP | mixed | 0.55 | 0.40 |  |  | not measured: no store \\| yet |",
    "",
    "- T3: in the quiet",
  ]);
});

test("a run of some targets leaves the results of the others as they are", () => {
  const folder = mkdtempSync(join(tmpdir(), "results-"));
  try {
    const path = join(folder, "results.json");
    writeResults(path, results);
    const again = row("T3", { median: 7, lowest: 7, highest: 7 });
    writeResults(path, {
      ...results,
      settings: "1 round",
      rows: [again, row("T2", { notMeasured: "later" })],
    });
    const stored = readResults(path);
    expect(stored?.rows.map(({ id }) => id)).toEqual(["T1", "T2", "T3", "T5", "T11"]);
    expect(stored?.rows[2]).toEqual(again);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("every target can be told from the others, and asks more of the aim than of what is required", () => {
  expect(new Set(targets.map(({ id, what }) => `${id} ${what}`)).size).toBe(targets.length);
  for (const { aimed, id, required } of targets) expect(aimed, id).toBeLessThan(required);
  expect(new Set(targets.map(({ id }) => id)).size).toBe(15);
});
