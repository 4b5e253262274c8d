import { expect, test } from "vitest";
import { detectFormat } from "./format.ts";

test.for([
  { path: "a.toml", text: "{}", want: "toml" },
  { path: "rules/a.JSON", text: "", want: "json" },
  { path: "a.ndjson", text: "", want: "ndjson" },
  { path: "a.jsonl", text: "", want: "ndjson" },
  { path: "a.yml", text: "", want: "yaml" },
  { path: "a.b.yaml", text: "", want: "yaml" },
  { path: "-", text: '{"rule_id": "x"}\n', want: "json" },
  { path: "-", text: '{\n  "rule_id": "x"\n}', want: "json" },
  { path: "-", text: '{"rule_id": "x"}\n{"rule_id": "y"}\n', want: "ndjson" },
  { path: "-", text: '[{"rule_id": "x"}]', want: "json" },
  { path: "-", text: '[\n{"rule_id": "x"}]', want: "json" },
  { path: "-", text: "[]", want: "json" },
  { path: "a.txt", text: "[rule]\n", want: "toml" },
  { path: "a.txt", text: "\n# a comment\n\n[[rule.threat]]\n", want: "toml" },
  { path: "a.txt", text: "name = 1", want: "toml" },
  { path: "a.txt", text: '"name" = 1', want: "toml" },
  { path: "a.txt", text: "# a comment\nname: a = b", want: "yaml" },
  { path: "a.txt", text: "- rule_id: x", want: "yaml" },
  { path: "a.txt", text: "---\nrule:\n", want: "yaml" },
  { path: "", text: "", want: "yaml" },
])("$path with $text is $want", ({ path, text, want }) => {
  expect(detectFormat(path, text)).toBe(want);
});
