import fc from "fast-check";
import { expect, test } from "vitest";
import { alignTable, type Column, tabLines } from "./table.ts";
import { hostileFragments } from "./testing/hostile-text.ts";
import { sampleTerminal } from "./testing/sample-terminal.ts";
import { untamed } from "./testing/untamed.ts";

interface Fruit {
  readonly name: string;
  readonly count: number;
  readonly note: string;
}

const columns: readonly Column<Fruit>[] = [
  { header: "count", text: ({ count }) => String(count), align: "right" },
  {
    header: "name",
    text: ({ name }) => name,
    columnsMin: 6,
    paint: () => (text) => `\u001b[1m${text}\u001b[22m`,
  },
  { header: "note", text: ({ note }) => note, columnsMin: 8, columnsMax: 30, dropRank: 1 },
];

const rows: readonly Fruit[] = [
  { name: "an apple of an unusual length indeed", count: 3, note: "keeps for long" },
  { name: "日本梨", count: 1200, note: "" },
];

function tableIn(width: number, indent = ""): readonly string[] {
  const unpainted = columns.map(({ paint: _, ...column }) => column);
  return alignTable(unpainted, rows, sampleTerminal({ width }), indent);
}

test("columns are aligned, numbers to the right", () => {
  expect(tableIn(80, "  ")).toEqual([
    "  count  name                                  note",
    "      3  an apple of an unusual length indeed  keeps for long",
    "   1200  日本梨",
  ]);
});

test("the widest column that may gives way first", () => {
  expect(tableIn(50)).toEqual([
    "count  name                         note",
    "    3  an apple of an unusual len…  keeps for long",
    " 1200  日本梨",
  ]);
});

test("a column that can be done without goes when there is no room", () => {
  const many = [...columns, { header: "a long fixed header of a column", text: () => "x" }];
  const [head] = alignTable(many, rows, sampleTerminal({ width: 50 }));
  expect(head).toBe("count  name        a long fixed header of a column");
});

test("color does not change what is aligned", () => {
  const lines = alignTable(columns, rows, sampleTerminal({ color: true }));
  expect(lines).toEqual([
    "\u001b[2mcount  name                                  note\u001b[22m",
    "    3  \u001b[1man apple of an unusual length indeed\u001b[22m  keeps for long",
    " 1200  \u001b[1m日本梨\u001b[22m",
  ]);
});

test("programs get whole cells with tabs between them", () => {
  const row = { name: "tab\there", count: 7, note: "\u001b[2J\n" };
  expect(tabLines(columns, [row], sampleTerminal())).toEqual(["7\ttab here\t\\x1b[2J\\n"]);
});

test("whatever stands in the cells, no line is too wide", () => {
  const text = fc
    .array(fc.constantFrom(...hostileFragments), { maxLength: 3 })
    .map((parts) => parts.join(""));
  const row = fc.record({ name: text, note: text, count: fc.nat() });
  const looks = fc.record({ width: fc.integer({ min: 40, max: 120 }), unicode: fc.boolean() });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 4 }), looks, (fruits, look) => {
      const wide = [...columns, { header: "again", text: ({ name }: Fruit) => name }];
      const lines = alignTable(wide, fruits, sampleTerminal(look), "  ");
      expect(untamed(lines.join("\n"), look.width)).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
