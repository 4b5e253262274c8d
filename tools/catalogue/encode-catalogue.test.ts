import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ecsCatalogue } from "../../packages/ecs/src/ecs-catalogue.ts";
import { encodeCatalogue } from "./encode-catalogue.ts";

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}

function encodeRows(...rows: readonly string[]): string {
  return encodeCatalogue([{ name: "facts.csv", text: `name,type,multi_fields,array\n${rows.join("\n")}\n` }]);
}

/** The table inside of the generated source. */
function tableOf(source: string): readonly string[] {
  return (source.split("`")[1] ?? "").trim().split("\n");
}

const tables = ["fields.csv", "additions.csv"].map((name) => ({ name, text: read(name) }));
const rows = tables.flatMap(({ text }) => text.trimEnd().split("\n").slice(1));

test("the generated catalogue is fresh", () => {
  expect(encodeCatalogue(tables) === read("../../packages/ecs/src/catalogue-data.ts")).toBe(true);
});

test("the catalogue says of each field what its row says", () => {
  const catalogue = ecsCatalogue();
  const said = rows.map((row) => {
    const [path = ""] = row.split(",");
    const found = catalogue.find(path);
    const multiFields = catalogue.multiFields(path).map((name) => {
      const multiField = catalogue.find(`${path}.${name}`);
      expect(multiField).toMatchObject({ valuePath: path, lowercase: name === "caseless" });
      return `${name}:${multiField?.type}`;
    });
    const type = found?.analyzer === "standard" ? found.type : `${found?.type}:${found?.analyzer}`;
    return [path, type, multiFields.join(" "), found?.isArray ? "yes" : ""].join(",");
  });
  const sorted = rows.map((row) => {
    const [path, type, multiFields = "", array] = row.split(",");
    return [path, type, multiFields.split(" ").sort().join(" "), array].join(",");
  });
  expect(said).toEqual(sorted);
});

test("tables are in the order of their names, so that changes are easy to see", () => {
  for (const { text } of tables) {
    const names = text
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((row) => row.slice(0, row.indexOf(",")));
    expect(names).toEqual([...names].sort());
  }
});

test("fields that are mapped alike share a section, and those below one name a line", () => {
  const source = encodeRows(
    "b.two,long,,",
    "b.one,long,,",
    "top,long,,",
    "a.deep.x,keyword,text:text caseless:keyword,yes",
    "a.deep.y,keyword,caseless:keyword text:text,yes",
    "s,text:powershell,,",
  );
  expect(tableOf(source)).toEqual([
    "= keyword caseless:keyword text:text array",
    "a.deep x y",
    "= long",
    ". top",
    "b one two",
    "= text:powershell",
    ". s",
  ]);
});

test("the order of the rows and their division into tables do not show", () => {
  const text = (some: readonly string[]): string => ["name,type,multi_fields,array", ...some].join("\n");
  const half = Math.floor(rows.length / 2);
  const shuffled = [
    { name: "one.csv", text: text([...rows.slice(half)].reverse()) },
    { name: "two.csv", text: text(rows.slice(0, half)) },
  ];
  expect(encodeCatalogue(shuffled) === encodeCatalogue(tables)).toBe(true);
});

test("long families are wrapped", () => {
  const names = Array.from({ length: 40 }, (_, i) => `family.field_${i}`);
  const lines = tableOf(encodeRows(...names.map((name) => `${name},long,,`))).slice(1);
  expect(lines.length).toBeGreaterThan(1);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
  expect(lines.every((line) => line.startsWith("family "))).toBe(true);
  expect(lines.flatMap((line) => line.split(" ").slice(1)).sort()).toEqual(
    names.map((name) => name.slice("family.".length)).sort(),
  );
});

test.for([
  ["a b,long,,", "facts.csv:2: not a field"],
  ["a..b,long,,", "facts.csv:2: not a field"],
  ["a`b,long,,", "facts.csv:2: not a field"],
  ["a,integer,,", "facts.csv:2: not a field"],
  ["a,text:english,,", "facts.csv:2: not a field"],
  ["a,keyword,raw:keyword,", "facts.csv:2: not a field"],
  ["a,keyword,text:analysed,", "facts.csv:2: not a field"],
  ["a,keyword,,true", "facts.csv:2: not a field"],
  ["a,keyword,,,", "facts.csv:2: not a field"],
] as const)("the row %s is refused", ([row, message]) => {
  expect(() => encodeRows(row)).toThrow(message);
});

test("rows that contradict each other are refused", () => {
  expect(() => encodeRows("a,long,,", "a,date,,")).toThrow("facts.csv:3: a is at facts.csv:2 too");
  expect(() => encodeRows("a.b.c,long,,", "a,flattened,,")).toThrow(
    "facts.csv:2: a.b.c is a key of the flattened a",
  );
  expect(() => encodeCatalogue([{ name: "x.csv", text: "name,type\n" }])).toThrow(
    "x.csv:1: expected the header",
  );
});
