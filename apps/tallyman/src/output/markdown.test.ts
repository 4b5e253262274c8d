import { expect, test } from "vitest";
import { markdownLines } from "./markdown.ts";
import { sampleTerminal } from "./testing/sample-terminal.ts";

test.for<[title: string, text: string, want: readonly string[]]>([
  ["nothing", " \n\n", []],
  ["a paragraph over several lines", "one two\nthree four five\n", ["one two three four", "five"]],
  ["two paragraphs with much between them", "\none\n\n\n\ntwo\n\n", ["one", "", "two"]],
  ["a heading", "text\n### Head line\ntext", ["text", "", "<Head line>", "text"]],
  ["a long heading", "# The headline of it all", ["<The headline of it>", "<all>"]],
  ["list items", "- one two three four five\n* x\n10. y", ["- one two three four", "  five", "* x", "10. y"]],
  [
    "a list in a list",
    "- a\n  - one two three four\n\n  b",
    ["- a", "  - one two three", "    four", "", "b"],
  ],
  ["an item that goes on", "- one\n  two\nthree", ["- one two three"]],
  ["a dash that is no list", "-x\n-- y", ["-x -- y"]],
  ["code", "```sh\na  b\n\n  c\n```\nend", ["  a  b", "  ", "    c", "end"]],
  ["a table and a quotation", "| a | b |\n| - | - |\n> quoted", ["| a | b |", "| - | - |", "> quoted"]],
  ["Windows line breaks", "one\r\ntwo\r\n\r\nthree", ["one two", "", "three"]],
  ["escapes", "a\u001b[2J\tb", ["a\\x1b[2J b"]],
])("%s", ([, text, want]) => {
  expect(markdownLines(text, 20, sampleTerminal(), (heading) => `<${heading}>`)).toEqual(want);
});

test("a text without end is cut", () => {
  expect(markdownLines("x ".repeat(1_000_000), 20, sampleTerminal(), (heading) => heading).length).toBe(5000);
});
