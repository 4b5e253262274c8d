import { expect, test } from "vitest";
import { findLayout } from "./layout.ts";

test.for([
  { text: '{"a":1}\n{"a":2}\n', want: "lines" },
  { text: '{"a":1}', want: "lines" },
  { text: '\n\r\n  {"a":1}\r\n', want: "lines" },
  { text: '{"a":"}{"}\n{', want: "lines" },
  { text: '{"a":"\\"}\\\\"}\n', want: "lines" },
  { text: '{"a":1}{"a":2}', want: "documents" },
  { text: '{"a":1} [', want: "documents" },
  { text: '{"a":1},\n{"a":2},', want: "documents" },
  { text: '{\n  "a": 1\n}', want: "documents" },
  { text: '{"a":\n{"b":1}}', want: "documents" },
  { text: '{"a":[{"b":1},\n{"b":2}]}', want: "documents" },
  { text: '{"took":5,"hits":{\n"hits":[', want: "documents" },
  // A first line that is cut off must not turn all that follows into one document.
  { text: '{"a":"b\n{"a":2}\n', want: "lines" },
  { text: '{"a":"b\\\n{"a":2}\n', want: "lines" },
  { text: '{"a":"b\\\n","c":1,\n"d":2}', want: "lines" },
  { text: '{"a":1,\n{"a":2}\n', want: "lines" },
  { text: '{"a":1\n{"a":2}\n', want: "lines" },
  { text: '{"a":{"b":1}\n{"a":2}\n', want: "lines" },
  { text: '{"a":1}}\n{"a":2}\n', want: "lines" },
  { text: "[\n", want: "documents" },
  { text: '[{"a":1},', want: "documents" },
  { text: "[]", want: "documents" },
  { text: "[2026-01-05 08:00:00] started", want: "lines" },
  { text: "started\n", want: "lines" },
  { text: '"a"\n', want: "lines" },
  { text: "", want: "lines" },
  { text: " \n \n", want: "lines" },
] as const)("$text has $want", ({ text, want }) => {
  expect(findLayout(Buffer.from(text), true)).toBe(want);
});

test.for(["", "  \n", "[", "[ \n", '{"a":1', '{"a":"b\\', '{"a":1} ', '{"a":1,\n  '])(
  "more of %j is needed",
  (text) => {
    expect(findLayout(Buffer.from(text), false)).toBeUndefined();
  },
);
