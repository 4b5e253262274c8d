import { SourceText } from "@tallyman/languages";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FileDiagnostics } from "../file-diagnostics.ts";
import { readJson, readNdjson } from "./json.ts";
import { scanJson } from "./json-scan.ts";
import type { FileDocument, PlaceNode } from "./places.ts";

function read(text: string): FileDocument {
  const [document] = readJson(text, new FileDiagnostics(new SourceText("test.json", text)));
  if (document === undefined) throw new Error("not valid JSON");
  return document;
}

test.for([
  { text: '{"a": 1}', path: [], want: "- = {" },
  { text: ' {"a": -1.5e3 }', path: ["a"], want: '"a" = -1.5e3' },
  { text: '{"a": [1, [true, "x"]]}', path: ["a", 1, 1], want: '- = "x"' },
  { text: '{"a": [1,\n[ ]]}', path: ["a"], want: '"a" = [1,\n[ ]]' },
  { text: '{"a": {"b": {}}}', path: ["a", "b"], want: '"b" = {' },
  { text: '{"\\u0061": null}', path: ["a"], want: '"\\u0061" = null' },
  { text: '{"a": 1, "a": 2}', path: ["a"], want: '"a" = 2' },
  { text: '{"a": {"b": 1}}', path: ["a", "c", 0], want: '"a" = {' },
])("in $text the place of $path is $want", ({ text, path, want }) => {
  const { key, value } = read(text).places.nearest(path);
  const keyText = key === undefined ? "-" : text.slice(key.start, key.end);
  expect(`${keyText} = ${text.slice(value.start, value.end)}`).toBe(want);
});

test("what is written at each place is what the parser read there", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const scan = scanJson(text, 0, text.length);
      expectPlaces(text, JSON.parse(text), scan.kind === "places" ? scan.root : undefined);
    }),
  );
});

function expectPlaces(text: string, value: unknown, node: PlaceNode | undefined): void {
  if (node === undefined) throw new Error("a value has no place");
  const source = text.slice(node.value.start, node.value.end);
  if (Array.isArray(value)) {
    expect(JSON.parse(source)).toEqual(value);
    for (const [index, item] of value.entries()) expectPlaces(text, item, node.children.get(index));
  } else if (typeof value === "object" && value !== null) {
    expect(source).toBe("{");
    for (const [key, item] of Object.entries(value)) expectPlaces(text, item, node.children.get(key));
  } else {
    expect(JSON.parse(source)).toEqual(value);
  }
}

test("the walk accepts what JSON.parse accepts, and nothing else", () => {
  const mistake = fc.constantFrom(
    "",
    ",",
    ":",
    "]",
    "}",
    "[",
    "{",
    '"',
    "\\",
    "0",
    "-",
    ".",
    "e",
    "t",
    "\n",
    "\u0000",
    "\u00a0",
  );
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), fc.nat(), fc.nat(2), mistake, (json, where, cut, insert) => {
      const at = where % (json.length + 1);
      const text = json.slice(0, at) + insert + json.slice(at + cut);
      expect(scanJson(text, 0, text.length).kind).toBe(isJson(text) ? "places" : "problem");
    }),
    { numRuns: 2000 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test("each unit of a string is found where it is written", () => {
  const character = fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    fc.constantFrom('"', "\\", "\n", "é", "😀"),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(character, fc.boolean()), { maxLength: 20 }), (characters) => {
      let source = '{"query": "';
      const offsets: number[] = [];
      for (const [c, isEscaped] of characters) {
        for (const unit of c.split("")) {
          offsets.push(source.length);
          const code = `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
          // JSON.stringify escapes single surrogates: only whole characters go through it.
          if (isEscaped) source += code;
          else source += c.length === 1 ? JSON.stringify(unit).slice(1, -1) : unit;
        }
      }
      offsets.push(source.length);
      source += '"}';
      const text = characters.map(([c]) => c).join("");
      const { value, places } = read(source);
      expect(value).toEqual({ query: text });
      expect(Array.from(places.textOffsets(["query"], text))).toEqual(offsets);
    }),
  );
});

test("each line of an NDJSON file is a document with its place in the file", () => {
  const text = '{"a": 1}\r\n\n  {"a": "x"}\n{"a":\n';
  const diagnostics = new FileDiagnostics(new SourceText("test.ndjson", text));
  const documents = readNdjson(text, diagnostics);
  expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { a: "x" }]);
  expect(documents.map(({ places }) => places.nearest(["a"]).value.start)).toEqual([6, 19]);
  expect(diagnostics.located().map(({ span }) => span)).toEqual([{ start: 29, end: 29 }]);
});

test("nesting costs the walk nothing", () => {
  const text = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  expect(scanJson(text, 0, text.length).kind).toBe("places");
  expect(scanJson(text, 0, text.length - 1)).toMatchObject({ kind: "problem" });
});
