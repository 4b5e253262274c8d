import { SourceText } from "@tallyman/languages";
import fc from "fast-check";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { FileDiagnostics } from "../file-diagnostics.ts";
import type { FileDocument, PlaceNode } from "./places.ts";
import { readToml, tomlTextOffsets } from "./toml.ts";
import { locateToml } from "./toml-places.ts";

function read(text: string): FileDocument {
  const [document] = readToml(text, new FileDiagnostics(new SourceText("test.toml", text)));
  if (document === undefined) throw new Error("not valid TOML");
  return document;
}

/** What is written at the places of a key path, as `key = value`. */
function written(text: string, ...path: (string | number)[]): string {
  const { key, value } = read(text).places.nearest(path);
  const keyText = key === undefined ? "-" : text.slice(key.start, key.end);
  return `${keyText} = ${text.slice(value.start, value.end)}`;
}

test.for([
  { text: "a = 1", path: ["a"], want: "a = 1" },
  { text: "a = 1 # one", path: ["a"], want: "a = 1" },
  { text: "a.b . c = true\n", path: ["a", "b", "c"], want: "c = true" },
  { text: "a.b = 1\n", path: ["a"], want: "a = b" },
  { text: '"a b"."c.d" = 1', path: ["a b", "c.d"], want: '"c.d" = 1' },
  { text: "'a\"' = 1", path: ['a"'], want: "'a\"' = 1" },
  { text: '"\\u0061" = 1', path: ["a"], want: '"\\u0061" = 1' },
  { text: "d = 2024-01-01 10:00:00 \ne = 1", path: ["d"], want: "d = 2024-01-01 10:00:00" },
  { text: "a = [1, [2, 3], # two\n 'x' ]", path: ["a", 1, 0], want: "- = 2" },
  { text: "a = [1, [2, 3], # two\n 'x' ]", path: ["a", 2], want: "- = 'x'" },
  { text: "a = [1, [2,\n3]]", path: ["a"], want: "a = [1, [2,\n3]]" },
  { text: "a = { b = 1, c.d = 'x' }", path: ["a", "c", "d"], want: "d = 'x'" },
  { text: "a = { b = 1 }", path: ["a"], want: "a = {" },
  { text: "a = [{ b = 1 }, { b = 2 }]", path: ["a", 1, "b"], want: "b = 2" },
  { text: "[a]\nb = 1", path: ["a"], want: "a = [a]" },
  { text: "[a.b]\nc = 1", path: ["a"], want: "a = [a.b]" },
  { text: "[a.b]\nc = 1\n[a]\nd = 1", path: ["a"], want: "a = [a]" },
  { text: "[[a]]\nb = 1\n[[a]]\nb = 2", path: ["a", 1, "b"], want: "b = 2" },
  { text: "[[a]]\nb = 1\n[[a]]\nb = 2", path: ["a", 1], want: "a = [[a]]" },
  { text: "[[a]]\n[[a.b]]\nc = 1\n[[a]]\n[[a.b]]\nc = 2\n", path: ["a", 1, "b", 0, "c"], want: "c = 2" },
  { text: "[[a]]\n[a.b]\nc = 1\n", path: ["a", 0, "b", "c"], want: "c = 1" },
  { text: "a = '''\nx = ''''\nb = 2", path: ["b"], want: "b = 2" },
  { text: 'a = """x\\""" """\nb = 2', path: ["b"], want: "b = 2" },
  { text: "__proto__ = 1\nconstructor = 2", path: ["__proto__"], want: "__proto__ = 1" },
  { text: "[a]\nb = 1", path: ["a", "b", "c", 0], want: "b = 1" },
  { text: "[a]\nb = 1", path: ["a", "x"], want: "a = [a]" },
])("in $text the place of $path is $want", ({ text, path, want }) => {
  expect(written(text, ...path)).toBe(want);
});

test("what is written at each place is what the parser read there", () => {
  const scalar = fc.oneof(
    fc.integer().map(String),
    fc.boolean().map(String),
    fc.constantFrom("1.5e3", "nan", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z"),
    fc.string({ unit: "grapheme" }).map((text) => JSON.stringify(text).replaceAll("\u007f", "\\u007f")),
    fc.constantFrom("'lit # = ['", "'''\nmulti\n ''quoted'' '''", '"""\nmulti \\\n  line \\u00e9"""'),
  );
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      scalar,
      fc.array(tie("value"), { maxLength: 3 }).map((items) => `[ ${items.join(",\n # [ \n ")} ]`),
      fc
        .array(tie("value"), { maxLength: 3 })
        .map((items) => `{${items.map((item, i) => `k${i} . "x.y" = ${item}`).join(", ")}}`),
    ),
  }));
  const lines = fc.array(value, { maxLength: 4 }).map((values) => values.map((v, i) => `key-${i} = ${v}\n`));
  const table = fc.tuple(fc.constantFrom("[[list]]", "[[list.inner]]", "[[other]]"), lines);
  fc.assert(
    fc.property(lines, fc.array(table), (top, tables) => {
      const headed = tables.map(([header, body]) => `${header} # comment\n${body.join("")}\n`);
      const text = `${top.join("")}[[list]]\n${headed.join("")}`;
      expectPlaces(text, parse(text), locateToml(text));
    }),
  );
});

function expectPlaces(text: string, value: unknown, node: PlaceNode | undefined): void {
  if (node === undefined) throw new Error("a value has no place");
  const source = text.slice(node.value.start, node.value.end);
  const entries = Array.isArray(value) ? value.entries() : entriesOf(value);
  if (entries === undefined || source.startsWith("[ ")) expect(parse(`x = ${source}`)["x"]).toEqual(value);
  for (const [key, item] of entries ?? []) expectPlaces(text, item, node.children.get(key));
}

function entriesOf(value: unknown): Iterable<[string, unknown]> | undefined {
  return typeof value === "object" && value !== null && !(value instanceof Date)
    ? Object.entries(value)
    : undefined;
}

/** Writes a text in one of TOML's forms, and says where each unit of it came to stand. */
class Writer {
  source = "query = ";
  text = "";
  readonly offsets: number[] = [];

  /** Writes `source`, which decodes to `text`. */
  put(source: string, text: string): this {
    for (const unit of text.split("")) {
      // Units that are written as they are follow each other, those of an escape share its place.
      this.offsets.push(this.source.length + (source === text ? this.offsets.length - this.#from : 0));
      this.text += unit;
    }
    this.source += source;
    this.#from = this.offsets.length;
    return this;
  }

  #from = 0;
}

const unicodeEscape = (character: string) =>
  `\\U${(character.codePointAt(0) as number).toString(16).padStart(8, "0")}`;

const isControl = (character: string) => (character < " " && character !== "\t") || character === "\u007f";

const character = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  fc.constantFrom('"', "'", "\\", "\n", "\t", " ", "é", "😀", "x"),
);

const forms: Record<string, (writer: Writer, characters: readonly (readonly [string, number])[]) => void> = {
  basic(writer, characters) {
    writer.put('"', "");
    for (const [c, style] of characters) {
      if (style === 0 || isControl(c)) writer.put(unicodeEscape(c), c);
      else if (c === '"' || c === "\\") writer.put(`\\${c}`, c);
      else writer.put(c, c);
    }
    end(writer, '"');
  },
  literal(writer, characters) {
    writer.put("'", "");
    for (const [c] of characters) if (c !== "'" && !isControl(c)) writer.put(c, c);
    end(writer, "'");
  },
  "multi-line basic"(writer, characters) {
    writer.put('"""\n', "");
    for (const [c, style] of characters) {
      if (style === 0 || (isControl(c) && c !== "\n")) writer.put(unicodeEscape(c), c);
      else if (c === '"' || c === "\\") writer.put(`\\${c}`, c);
      else if (style === 1 && !/[ \t\n]/.test(c)) writer.put("\\  \n \n\t", "").put(c, c);
      else writer.put(c, c);
    }
    end(writer, '"""');
  },
  "multi-line basic that ends in quotes"(writer, characters) {
    writer.put('"""', "").put("x", "x");
    for (const [c] of characters) if (!/["\\]/.test(c) && !isControl(c)) writer.put(c, c);
    writer.put('"', '"').put('"', '"');
    end(writer, '"""');
  },
  "multi-line literal"(writer, characters) {
    writer.put("'''\n", "");
    for (const [c] of characters) if (c !== "'" && (c === "\n" || !isControl(c))) writer.put(c, c);
    writer.put("'", "'");
    end(writer, "'''");
  },
};

function end(writer: Writer, quotes: string): void {
  writer.offsets.push(writer.source.length);
  writer.source += `${quotes}\nafter = 1\n`;
}

test.for(Object.keys(forms))("each unit of a %s string is found where it is written", (form) => {
  const characters = fc.array(fc.tuple(character, fc.nat(3)));
  fc.assert(
    fc.property(characters, (given) => {
      const writer = new Writer();
      forms[form]?.(writer, given);
      const { value, places } = read(writer.source);
      expect(value).toMatchObject({ query: writer.text, after: 1 });
      expect(Array.from(places.textOffsets(["query"], writer.text))).toEqual(writer.offsets);
    }),
  );
});

test("offsets of text that is not there end instead of running off", () => {
  expect(Array.from(tomlTextOffsets("a = 1", { start: 4, end: 5 }, "abc"))).toEqual([5, 5, 5, 5]);
});
