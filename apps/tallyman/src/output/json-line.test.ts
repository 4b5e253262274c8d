import fc from "fast-check";
import { expect, test } from "vitest";
import { harmlessJson, jsonLine } from "./json-line.ts";

test.for([
  { given: "plain ünïcode 日本 😀", want: '"plain ünïcode 日本 😀"' },
  { given: "\u001b[31m\n", want: '"\\u001b[31m\\n"' },
  { given: "\u007f\u009b\u00ad", want: '"\\u007f\\u009b\\u00ad"' },
  { given: "\u2028\u2029\u202e\u2066", want: '"\\u2028\\u2029\\u202e\\u2066"' },
  { given: "\u200b\u200d\ufeff\u3164", want: '"\\u200b\\u200d\\ufeff\\u3164"' },
  { given: "\u{e0041}", want: '"\\udb40\\udc41"' },
  { given: "\ud800", want: '"\\ud800"' },
])("$given is written as $want", ({ given, want }) => {
  expect(jsonLine(given)).toBe(want);
});

test("it is the same JSON, in one line, and nothing in it acts on a terminal", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const line = jsonLine(value as string);
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(line)).toBe(false);
    }),
  );
});

test("white space between the values of a text stays", () => {
  expect(harmlessJson('{\t"a": "\u202e"\n}')).toBe('{\t"a": "\\u202e"\n}');
});
