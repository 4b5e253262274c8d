import { SourceText } from "@tallyman/languages";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Scalar, stringify } from "yaml";
import { FileDiagnostics } from "../file-diagnostics.ts";
import type { FileDocument } from "./places.ts";
import { readYaml } from "./yaml.ts";

function read(text: string): FileDocument {
  const [document] = readYaml(text, new FileDiagnostics(new SourceText("test.yaml", text)));
  if (document === undefined) throw new Error("not valid YAML");
  return document;
}

test.for([
  { text: "a: 1", path: [], want: "- = a" },
  { text: "a: 1 # one\nb: x y", path: ["b"], want: "b = x y" },
  { text: "a:\n  b:\n    c: 1", path: ["a"], want: "a = b" },
  { text: "a:\n- 1\n- x: 2\n", path: ["a", 1, "x"], want: "x = 2" },
  { text: "a: [1, {b: 2}]", path: ["a"], want: "a = [1, {b: 2}]" },
  { text: "a: [1, {b: 2}]", path: ["a", 1], want: "- = {" },
  { text: '"a": {b}', path: ["a", "b"], want: "b = b" },
  { text: "a: &x 1\nb: *x", path: ["b", "c"], want: "b = *x" },
  { text: "1: x", path: ["1"], want: "1 = x" },
  { text: "a: |\n  x\n  y\nb: 1", path: ["a"], want: "a = |\n  x\n  y\n" },
  { text: "a: 1", path: ["b"], want: "- = a" },
])("in $text the place of $path is $want", ({ text, path, want }) => {
  const { key, value } = read(text).places.nearest(path);
  const keyText = key === undefined ? "-" : text.slice(key.start, key.end);
  expect(`${keyText} = ${text.slice(value.start, value.end)}`).toBe(want);
});

test("documents are told apart, and empty ones are nothing", () => {
  const text = "# a comment\n---\na: 1\n---\n---\n~\n---\na: b: c\n---\na: 2\n";
  const diagnostics = new FileDiagnostics(new SourceText("test.yaml", text));
  const documents = readYaml(text, diagnostics);
  expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { a: 2 }]);
  expect(documents.map(({ places }) => text.slice(places.nearest(["a"]).value.start)[0])).toEqual(["1", "2"]);
  expect(diagnostics.errorCount).toBe(1);
});

/** For each unit of the text `a` decodes to, what is written where it stands; a line break as `⏎`. */
function unitsWritten(text: string): string {
  const { value, places } = read(text);
  const { a } = value as { a: string };
  const offsets = Array.from(places.textOffsets(["a"], a));
  expect(offsets).toHaveLength(a.length + 1);
  return offsets
    .slice(0, -1)
    .map((offset) => text[offset])
    .join("")
    .replaceAll("\n", "⏎");
}

test.for([
  { text: "a: plain text # comment", want: "plain text" },
  { text: "a: two\n  lines  \n\n  and a third", want: "two⏎lines⏎and a third" },
  { text: "a: 'it''s '", want: "it's " },
  { text: "a: 'x\n\n\n  y\n  z'", want: "x⏎⏎y⏎z" },
  { text: 'a: "x\\ty\\u00e9\\x41\\U0001f600z"', want: "x\\y\\\\\\\\z" },
  { text: 'a: "x\\\n   y \\\n  z"', want: "xy z" },
  { text: 'a: "x\n\n  y"', want: "x⏎y" },
  { text: "a: |\n  x\n    y\n\n  z\nb: 1", want: "x⏎  y⏎⏎z⏎" },
  { text: "a: |-\n  x\n  y\n", want: "x⏎y" },
  { text: "a: |2\n    x\n  y\n", want: "  x⏎y⏎" },
  { text: "a: |+\n  x\n\n\nb: 1", want: "x⏎⏎⏎" },
  { text: "a: >\n  two\n  lines\n\n  and\n    more\n  text\n", want: "two⏎lines⏎and⏎  more⏎text⏎" },
  { text: "a: >-\n  x\n\n\n  y", want: "x⏎⏎y" },
])("the units of $text are written at $want", ({ text, want }) => {
  expect(unitsWritten(text)).toBe(want);
});

const styles = ["PLAIN", "QUOTE_DOUBLE", "QUOTE_SINGLE", "BLOCK_LITERAL", "BLOCK_FOLDED"] as const;

test.for(styles)("each unit of a %s scalar is found where it is written", (style) => {
  const word = fc.string({
    unit: fc.constantFrom("a", "'", '"', "\\", "😀", "é"),
    minLength: 1,
    maxLength: 5,
  });
  const gap = fc.constantFrom(" ", "  ", "\n", "\n\n", "\n  ", " \n", "\t");
  const text = fc
    .array(fc.tuple(word, gap), { minLength: 1, maxLength: 8 })
    .map((parts) => parts.flat().join(""));
  fc.assert(
    fc.property(text, fc.boolean(), (given, trims) => {
      const scalar = new Scalar(trims ? given.trimEnd() : given);
      scalar.type = style;
      const source = stringify({ rules: [{ query: scalar, after: 1 }] }, { lineWidth: 30 });
      const { value, places } = read(source);
      expect(value).toEqual({ rules: [{ query: scalar.value, after: 1 }] });
      const path = ["rules", 0, "query"];
      const offsets = Array.from(places.textOffsets(path, scalar.value));
      const place = places.nearest(path).value;
      for (const [i, unit] of scalar.value.split("").entries()) {
        const at = offsets[i] as number;
        const found = source[at] as string;
        // Blanks and line breaks may come from folding, others only from themselves or an escape.
        expect(/\s/.test(unit) ? /[\s\\]/.test(found) : found === unit || found === "\\").toBe(true);
        expect(at).toBeGreaterThanOrEqual(offsets[i - 1] ?? place.start);
        // Nothing but white space, and the second of two quotes, is passed over.
        const passed = source.slice(at + 1, offsets[i + 1]);
        if (found !== "\\") expect(passed).toMatch(/^'?(?:\s|\\\n)*$/);
      }
      expect(offsets.at(-1)).toBeLessThanOrEqual(place.end);
    }),
  );
});
