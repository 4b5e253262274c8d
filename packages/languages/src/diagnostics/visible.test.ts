import { expect, test } from "vitest";
import { visible } from "./visible.ts";

test.for([
  { given: "plain ASCII, ünïcode and 日本 stay", want: "plain ASCII, ünïcode and 日本 stay" },
  { given: "\u001b[31mred", want: "\\x1b[31mred" },
  { given: "a\tb\nc\rd", want: "a b\\nc\\rd" },
  { given: "\u009b2J\u007f\u0000", want: "\\x9b2J\\x7f\\x00" },
  { given: "abc\u202efdp.exe", want: "abc\\u{202e}fdp.exe" },
  { given: "lone \ud800 surrogate, pair 😀", want: "lone \\u{d800} surrogate, pair 😀" },
  { given: "tag \u{e0041}", want: "tag \\u{e0041}" },
])("$given is shown as $want", ({ given, want }) => {
  expect(visible(given)).toBe(want);
});
