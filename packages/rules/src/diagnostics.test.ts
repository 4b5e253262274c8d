// Each diagnostic of rule files as a person reads it.
import { renderDiagnostic } from "@tallyman/languages";
import { expect, test } from "vitest";
import { depthMax, diagnosticsPerFileMax, entryCountMax } from "./limits.ts";
import { loadRules } from "./load-rules.ts";

/** The lines of a rule that is whole but for its type and what depends on that; its header is line 1, it has 6 lines. */
const begin = `[rule]
rule_id = "r-1"
name = "A name"
description = "What it finds"
severity = "medium"
risk_score = 47
`;

const query = `${begin}type = "query"\nquery = "a: b"\n`;

function render(path: string, text: string): string[] {
  const { diagnostics } = loadRules([{ path, text }]);
  return diagnostics.flatMap((diagnostic) => renderDiagnostic(diagnostic).split("\n"));
}

test.for([
  {
    name: "a key that is given twice",
    path: "r.toml",
    text: "x = 1\nx = 2\n",
    want: [
      "r.toml:2:1: error bad-toml: The file is not valid TOML: this is given twice",
      "   2 | x = 2",
      "     | ^",
    ],
  },
  {
    name: "an unknown TOML escape",
    path: "r.toml",
    text: 'a = "\\q"\n',
    want: [
      "r.toml:1:7: error bad-toml: The file is not valid TOML: unknown escape",
      '   1 | a = "\\q"',
      "     |       ^",
      "  help: write two backslashes for one, or single quotes where backslashes are meant as they stand",
    ],
  },
  {
    name: "a NUL byte",
    path: "r.toml",
    text: 'name = "a\u0000b"\n',
    want: [
      "r.toml:1:10: error bad-toml: The file is not valid TOML: a control character",
      '   1 | name = "a\\x00b"',
      "     |          ^^^^",
    ],
  },
  {
    name: "a TOML integer too large for a number",
    path: "r.toml",
    text: "a = 99999999999999999999",
    want: [
      "r.toml:1:5: error bad-toml: The file is not valid TOML: a number that is too large to be kept exactly",
      "   1 | a = 99999999999999999999",
      "     |     ^",
    ],
  },
  {
    name: "TOML nested too deeply",
    path: "r.toml",
    text: `a = ${"[".repeat(65)}${"]".repeat(65)}`,
    want: [
      "r.toml:1:69: error bad-toml: The file is not valid TOML: nested more than 64 deep",
      "   1 | …[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]…",
      "     |                                          ^",
    ],
  },
  {
    name: "a missing colon in JSON",
    path: "r.json",
    text: '{"rule_id": "a",\n "name" "x"}',
    want: [
      "r.json:2:9: error bad-json: The text is not valid JSON: expected ':' but found '\"x\"'",
      '   2 |  "name" "x"}',
      "     |         ^^^",
    ],
  },
  {
    name: "a trailing comma in JSON",
    path: "r.json",
    text: '{"a": [1, 2,]}',
    want: [
      "r.json:1:13: error bad-json: The text is not valid JSON: expected a value but found ']'",
      '   1 | {"a": [1, 2,]}',
      "     |             ^",
      "  help: leave out the comma before it",
    ],
  },
  {
    name: "an unknown word in JSON",
    path: "r.json",
    text: '{"a": tru}',
    want: [
      "r.json:1:7: error bad-json: The text is not valid JSON: unexpected 'tru'",
      '   1 | {"a": tru}',
      "     |       ^^^",
      "  help: text stands in double quotes",
    ],
  },
  {
    name: "a JSON number with a leading zero",
    path: "r.json",
    text: '{"a": 01}',
    want: [
      "r.json:1:7: error bad-json: The text is not valid JSON: unexpected '01'",
      '   1 | {"a": 01}',
      "     |       ^^",
    ],
  },
  {
    name: "a line break inside JSON quotes",
    path: "r.json",
    text: '{"a": "x\ny"}',
    want: [
      "r.json:1:9: error bad-json: The text is not valid JSON: a line break inside quotes",
      '   1 | {"a": "x',
      "     |         ^",
      "  help: write \\n",
    ],
  },
  {
    name: "an unknown JSON escape",
    path: "r.json",
    text: '{"a": "\\x"}',
    want: [
      "r.json:1:8: error bad-json: The text is not valid JSON: unknown escape",
      '   1 | {"a": "\\x"}',
      "     |        ^^",
      "  help: write two backslashes for one",
    ],
  },
  {
    name: "an open JSON quote",
    path: "r.json",
    text: '{"a": "x',
    want: [
      "r.json:1:7: error bad-json: The text is not valid JSON: a quote that is never closed",
      '   1 | {"a": "x',
      "     |       ^",
    ],
  },
  {
    name: "JSON that ends early",
    path: "r.json",
    text: '{"a": 1',
    want: [
      "r.json:1:8: error bad-json: The text is not valid JSON: expected ',' or '}' but the text ends",
      '   1 | {"a": 1',
      "     |        ^",
    ],
  },
  {
    name: "text after JSON",
    path: "r.json",
    text: "{} {}",
    want: [
      "r.json:1:4: error bad-json: The text is not valid JSON: expected the end of the text but found '{'",
      "   1 | {} {}",
      "     |    ^",
    ],
  },
  {
    name: "a broken line of NDJSON",
    path: "r.ndjson",
    text: '{"exported_count":0}\n{"rule_id": 1\n',
    want: [
      "r.ndjson:2:14: error bad-json: The text is not valid JSON: expected ',' or '}' but the text ends",
      '   2 | {"rule_id": 1',
      "     |              ^",
    ],
  },
  {
    name: "a YAML mapping in a mapping",
    path: "r.yaml",
    text: "a: b: c\n",
    want: [
      "r.yaml:1:4: error bad-yaml: The text is not valid YAML: a value that looks like a mapping",
      "   1 | a: b: c",
      "     |    ^",
      "  help: quote a value that has ': ' in it; the keys of a mapping stand below each other",
    ],
  },
  {
    name: "a YAML key that is given twice",
    path: "r.yaml",
    text: "a: 1\na: 2\n",
    want: [
      "r.yaml:2:1: error bad-yaml: The text is not valid YAML: the key 'a' is given twice",
      "   2 | a: 2",
      "     | ^",
    ],
  },
  {
    name: "a YAML key that is no text",
    path: "r.yaml",
    text: "? [a]\n: b\n",
    want: [
      "r.yaml:1:3: error bad-yaml: The text is not valid YAML: a key must be text",
      "   1 | ? [a]",
      "     |   ^",
    ],
  },
  {
    name: "a YAML alias without its anchor",
    path: "r.yaml",
    text: "a: *x\n",
    want: [
      "r.yaml:1:4: error bad-yaml: The text is not valid YAML: no anchor 'x' before this alias",
      "   1 | a: *x",
      "     |    ^^",
    ],
  },
  {
    name: "a YAML alias inside of its anchor",
    path: "r.yaml",
    text: "a: &x [*x, *x]\n",
    want: [
      "r.yaml:1:8: error bad-yaml: The text is not valid YAML: an alias inside of what it stands for",
      "   1 | a: &x [*x, *x]",
      "     |        ^^",
    ],
  },
  {
    name: "YAML aliases that grow",
    path: "r.yaml",
    text: "a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c]\n",
    want: [
      "r.yaml:1:1: error bad-yaml: The text is not valid YAML: the aliases stand for too much",
      "   1 | a: &a [x, x]",
      "     | ^^^^^^^^^^^^",
    ],
  },
  {
    name: "too many YAML aliases",
    path: "r.yaml",
    text: `a: &a x\nb: [${"*a, ".repeat(101)}]\n`,
    want: [
      "r.yaml:2:405: error bad-yaml: The text is not valid YAML: more than 100 aliases",
      "   2 | …a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, ]",
      "     |                                                                                                 ^^",
    ],
  },
  {
    name: "YAML nested too deeply",
    path: "r.yaml",
    text: `a: ${"[".repeat(65)}${"]".repeat(65)}`,
    want: [
      "r.yaml:1:67: error bad-yaml: The text is not valid YAML: nested more than 64 deep",
      "   1 | …[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]…",
      "     |                                          ^^^^",
    ],
  },
])("texts that no parser reads: $name", ({ path, text, want }) => {
  expect(render(path, text)).toEqual(want);
});

test.for([
  {
    name: "an empty file",
    path: "r.toml",
    text: " \n\n",
    want: ["r.toml:1:1: error not-a-rule: The file is empty"],
  },
  {
    name: "TOML without a [rule] table",
    path: "r.toml",
    text: '[metadata]\nmaturity = "production"\n',
    want: ["r.toml:1:1: error not-a-rule: The file has no [rule] table", "   1 | [metadata]", "     | ^"],
  },
  {
    name: "TOML with the keys of a rule at its top",
    path: "r.toml",
    text: begin.replace("[rule]\n", ""),
    want: [
      "r.toml:1:1: error not-a-rule: The file has no [rule] table",
      '   1 | rule_id = "r-1"',
      "     | ^",
    ],
  },
  {
    name: "TOML in which rule is no table",
    path: "r.toml",
    text: "x = 1\nrule = 5\n",
    want: [
      "r.toml:2:8: error not-a-rule: The file has no [rule] table",
      "   2 | rule = 5",
      "     |        ^",
    ],
  },
  {
    name: "an empty list",
    path: "r.json",
    text: "[]",
    want: ["r.json:1:1: error not-a-rule: The file holds no rule", "   1 | []", "     | ^"],
  },
  {
    name: "something that is no object",
    path: "r.json",
    text: "[5]",
    want: ["r.json:1:2: error not-a-rule: A rule must be an object, not a number", "   1 | [5]", "     |  ^"],
  },
  {
    name: "some other JSON",
    path: "package.json",
    text: '{"name": "x", "version": "1.0.0"}',
    want: [
      "package.json:1:1: error not-a-rule: This is no rule",
      '   1 | {"name": "x", "version": "1.0.0"}',
      "     | ^",
      "  help: a rule has a rule_id and a type",
    ],
  },
  {
    name: "YAML of comments",
    path: "r.yaml",
    text: "# nothing\n",
    want: ["r.yaml:1:1: error not-a-rule: The file holds no rule", "   1 | # nothing", "     | ^"],
  },
  {
    name: "an export without rules",
    path: "r.ndjson",
    text: '{"exported_count":0}',
    want: [
      "r.ndjson:1:1: error not-a-rule: The file holds no rule",
      '   1 | {"exported_count":0}',
      "     | ^",
    ],
  },
  {
    name: "a file that is too large",
    path: "r.toml",
    text: "#".repeat(2 ** 20 + 1),
    want: [
      "r.toml:1:1: error file-too-large: The file has 1048577 characters; no more than 1048576 are read",
      "   1 | ####################################################################################################…",
      "     | ^",
    ],
  },
])("files without a rule: $name", ({ path, text, want }) => {
  expect(render(path, text)).toEqual(want);
});

test.for([
  {
    name: "nothing but a header",
    path: "r.toml",
    text: "[rule]\n",
    want: [
      "r.toml:1:1: error missing-key: The rule has no 'type'",
      "   1 | [rule]",
      "     | ^^^^^^",
      "  help: it must be one of query, saved_query, new_terms, eql, threshold, threat_match, esql, machine_learning",
      "r.toml:1:1: error missing-key: The rule has no 'rule_id'",
      "   1 | [rule]",
      "     | ^^^^^^",
      "  help: any text that no other rule has, such as a UUID",
      "r.toml:1:1: error missing-key: The rule has no 'name'",
      "   1 | [rule]",
      "     | ^^^^^^",
      "  help: it must be text",
      "r.toml:1:1: error missing-key: The rule has no 'description'",
      "   1 | [rule]",
      "     | ^^^^^^",
      "  help: it must be text",
      "r.toml:1:1: error missing-key: The rule has no 'risk_score'",
      "   1 | [rule]",
      "     | ^^^^^^",
      "  help: it must be a whole number from 0 to 100",
      "r.toml:1:1: error missing-key: The rule has no 'severity'",
      "   1 | [rule]",
      "     | ^^^^^^",
      "  help: it must be one of low, medium, high, critical",
    ],
  },
  {
    name: "a rule without query",
    path: "r.toml",
    text: `${begin}type = "query"\n`,
    want: [
      "r.toml:1:1: error missing-key: The rule has no 'query'",
      "   1 | [rule]",
      "     | ^^^^^^",
      "  help: it says what to look for, in the language of the rule's type",
    ],
  },
  {
    name: "a saved query without its text",
    path: "r.toml",
    text: `${begin}type = "saved_query"\nsaved_id = "x"\n`,
    want: [
      "r.toml:1:1: error missing-key: The rule has no 'query'",
      "   1 | [rule]",
      "     | ^^^^^^",
      "  help: a saved query stays in Kibana: write its text here",
    ],
  },
  {
    name: "an object without a key",
    path: "r.toml",
    text: `${query}[[rule.threat]]\n[rule.threat.tactic]\nid = "TA0002"\n`,
    want: [
      "r.toml:10:1: error missing-key: 'threat[0].tactic' has no 'name'",
      "  10 | [rule.threat.tactic]",
      "     | ^^^^^^^^^^^^^^^^^^^^",
      "  help: it must be text",
    ],
  },
  {
    name: "new terms without anything",
    path: "r.toml",
    text: `${begin}type = "new_terms"\nquery = "a: b"\n`,
    want: [
      "r.toml:1:1: error missing-key: The rule has no 'new_terms_fields'",
      "   1 | [rule]",
      "     | ^^^^^^",
      "  help: it must be a list of one to three fields",
      "r.toml:1:1: error missing-key: The rule has no 'history_window_start'",
      "   1 | [rule]",
      "     | ^^^^^^",
      "  help: it must be date math such as now-7d",
    ],
  },
  {
    name: "a JSON object without a key",
    path: "r.json",
    text: '{"rule_id": "r-1", "name": "n", "description": "d", "severity": "low", "risk_score": 1,\n"type": "threshold", "query": "a: b", "threshold": {"field": []}}',
    want: [
      "r.json:2:52: error missing-key: 'threshold' has no 'value'",
      '   2 | "type": "threshold", "query": "a: b", "threshold": {"field": []}}',
      "     |                                                    ^",
      "  help: it must be a whole number, 1 or more",
    ],
  },
  {
    name: "a YAML mapping without a key",
    path: "r.yaml",
    text: "rule_id: r-1\nname: n\ndescription: d\nseverity: low\nrisk_score: 1\ntype: threshold\nquery: a\nthreshold:\n  field: []\n",
    want: [
      "r.yaml:9:3: error missing-key: 'threshold' has no 'value'",
      "   9 |   field: []",
      "     |   ^^^^^",
      "  help: it must be a whole number, 1 or more",
    ],
  },
])("keys that are missing: $name", ({ path, text, want }) => {
  expect(render(path, text)).toEqual(want);
});

test.for([
  {
    name: "text for a number, a number for text",
    path: "r.toml",
    text: '[rule]\nrule_id = 1\nname = ["a"]\ndescription = false\nseverity = 3\nrisk_score = "47"\ntype = 2024-05-01\n',
    want: [
      "r.toml:2:11: error wrong-type: 'rule_id' must be text, not a number",
      "   2 | rule_id = 1",
      "     |           ^",
      "r.toml:3:8: error wrong-type: 'name' must be text, not a list",
      '   3 | name = ["a"]',
      "     |        ^^^^^",
      "r.toml:4:15: error wrong-type: 'description' must be text, not false",
      "   4 | description = false",
      "     |               ^^^^^",
      "r.toml:5:12: error wrong-type: 'severity' must be one of low, medium, high, critical, not a number",
      "   5 | severity = 3",
      "     |            ^",
      "r.toml:6:14: error wrong-type: 'risk_score' must be a whole number from 0 to 100, not text",
      '   6 | risk_score = "47"',
      "     |              ^^^^",
      "r.toml:7:8: error wrong-type: 'type' must be one of query, saved_query, new_terms, eql, threshold, threat_match, esql, machine_learning, not a date",
      "   7 | type = 2024-05-01",
      "     |        ^^^^^^^^^^",
    ],
  },
  {
    name: "numbers that are none",
    path: "r.toml",
    text: `${query}max_signals = inf\nversion = nan\n`,
    want: [
      "r.toml:9:15: error wrong-type: 'max_signals' must be a whole number, 1 or more, not infinity",
      "   9 | max_signals = inf",
      "     |               ^^^",
      "r.toml:10:11: error wrong-type: 'version' must be a whole number, 1 or more, not nan",
      "  10 | version = nan",
      "     |           ^^^",
    ],
  },
  {
    name: "lists and objects",
    path: "r.toml",
    text: `${query}tags = "x"\nreferences = ["a", 1]\nthreat = [1]\nalert_suppression = []\nenabled = "yes"\n`,
    want: [
      "r.toml:9:8: error wrong-type: 'tags' must be a list, not text",
      '   9 | tags = "x"',
      "     |        ^^^",
      "r.toml:10:20: error wrong-type: 'references[1]' must be text, not a number",
      '  10 | references = ["a", 1]',
      "     |                    ^",
      "r.toml:11:11: error wrong-type: 'threat[0]' must be an object, not a number",
      "  11 | threat = [1]",
      "     |           ^",
      "r.toml:12:21: error wrong-type: 'alert_suppression' must be an object, not a list",
      "  12 | alert_suppression = []",
      "     |                     ^^",
      "r.toml:13:11: error wrong-type: 'enabled' must be true or false, not text",
      '  13 | enabled = "yes"',
      "     |           ^^^^^",
    ],
  },
  {
    name: "null for a required key",
    path: "r.yaml",
    text: "rule_id: ~\nname: n\ndescription: d\nseverity: low\nrisk_score: 1\ntype: eql\nquery: any where true\n",
    want: [
      "r.yaml:1:10: error wrong-type: 'rule_id' must be text, not null",
      "   1 | rule_id: ~",
      "     |          ^",
    ],
  },
  {
    name: "what JSON has no form for",
    path: "r.toml",
    text: `${query}meta = { a = [1, nan] }\n`,
    want: [
      "r.toml:9:18: error wrong-type: 'meta.a[1]' must be something that JSON can hold, not nan",
      "   9 | meta = { a = [1, nan] }",
      "     |                  ^^^",
    ],
  },
  {
    name: "what YAML alone has a form for",
    path: "r.yaml",
    text: "%YAML 1.1\n---\nrule_id: r-1\nname: x\ndescription: d\nseverity: low\nrisk_score: 1\ntype: eql\nquery: any where true\nmeta: !!set {a}\n",
    want: [
      "r.yaml:10:13: error wrong-type: 'meta' must be something that JSON can hold, not a value of a type of its own",
      "  10 | meta: !!set {a}",
      "     |             ^",
    ],
  },
])("values of the wrong type: $name", ({ path, text, want }) => {
  expect(render(path, text)).toEqual(want);
});

test.for([
  {
    name: "names of choices",
    path: "r.toml",
    text: `[rule]\nrule_id = "r-1"\nname = "A name"\ndescription = "d"\nseverity = "hgih"\nrisk_score = 1\ntype = "qurey"\n`,
    want: [
      "r.toml:5:12: error bad-value: 'severity' must be one of low, medium, high, critical, not 'hgih'",
      '   5 | severity = "hgih"',
      "     |            ^^^^^^",
      "  help: did you mean 'high'?",
      "r.toml:7:8: error bad-value: 'type' must be one of query, saved_query, new_terms, eql, threshold, threat_match, esql, machine_learning, not 'qurey'",
      '   7 | type = "qurey"',
      "     |        ^^^^^^^",
      "  help: did you mean 'query'?",
    ],
  },
  {
    name: "a language of another type",
    path: "r.toml",
    text: `${begin}type = "eql"\nquery = "any where true"\nlanguage = "kuery"\n`,
    want: [
      "r.toml:9:12: error bad-value: 'language' must be 'eql', not 'kuery'",
      '   9 | language = "kuery"',
      "     |            ^^^^^^^",
    ],
  },
  {
    name: "numbers out of bounds",
    path: "r.toml",
    text: `${query}max_signals = 0\nversion = 1.5\nrisk_score_mapping = [{ field = "a", risk_score = 101 }]\n`,
    want: [
      "r.toml:9:15: error bad-value: 'max_signals' must be a whole number, 1 or more, not 0",
      "   9 | max_signals = 0",
      "     |               ^",
      "r.toml:10:11: error bad-value: 'version' must be a whole number, 1 or more, not 1.5",
      "  10 | version = 1.5",
      "     |           ^^^",
      "r.toml:11:51: error bad-value: 'risk_score_mapping[0].risk_score' must be a whole number from 0 to 100, not 101",
      '  11 | risk_score_mapping = [{ field = "a", risk_score = 101 }]',
      "     |                                                   ^^^",
    ],
  },
  {
    name: "an interval",
    path: "r.toml",
    text: `${query}interval = "5 minutes"\n`,
    want: [
      "r.toml:9:12: error bad-value: 'interval' must be a duration such as 5m, not '5 minutes'",
      '   9 | interval = "5 minutes"',
      "     |            ^^^^^^^^^^^",
    ],
  },
  {
    name: "an interval of nothing",
    path: "r.toml",
    text: `${query}interval = "0m"\n`,
    want: [
      "r.toml:9:12: error bad-value: 'interval' must be a duration such as 5m, not '0m'",
      '   9 | interval = "0m"',
      "     |            ^^^^",
    ],
  },
  {
    name: "empty texts",
    path: "r.toml",
    text: `${begin}type = "query"\nquery = '''\n  '''\n`,
    want: ["r.toml:8:9: error bad-value: 'query' is empty", "   8 | query = '''", "     |         ^^^"],
  },
  {
    name: "too many new terms",
    path: "r.toml",
    text: `${begin}type = "new_terms"\nquery = "a: b"\nnew_terms_fields = ["a", "b", "c", "d"]\nhistory_window_start = "now-7d"\n`,
    want: [
      "r.toml:9:20: error bad-value: 'new_terms_fields' must have 1 to 3 entries, not 4",
      '   9 | new_terms_fields = ["a", "b", "c", "d"]',
      "     |                    ^^^^^^^^^^^^^^^^^^^^",
    ],
  },
  {
    name: "no jobs",
    path: "r.toml",
    text: `${begin}type = "machine_learning"\nmachine_learning_job_id = []\nanomaly_threshold = 50\n`,
    want: [
      "r.toml:8:27: error bad-value: 'machine_learning_job_id' must have 1 or more entries, not 0",
      "   8 | machine_learning_job_id = []",
      "     |                           ^^",
    ],
  },
  {
    name: "several histories",
    path: "r.toml",
    text: `${begin}type = "new_terms"\nquery = "a: b"\n[rule.new_terms]\nvalue = ["a"]\n[[rule.new_terms.history_window_start]]\nvalue = "now-7d"\n[[rule.new_terms.history_window_start]]\nvalue = "now-8d"\n`,
    want: [
      "r.toml:11:1: error bad-value: 'new_terms.history_window_start' must have 1 entry, not 2",
      "  11 | [[rule.new_terms.history_window_start]]",
      "     | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
    ],
  },
  {
    name: "a run that ends before it begins",
    path: "r.toml",
    text: `${query}from = "now"\nto = "now-5m"\n`,
    want: [
      "r.toml:9:8: error bad-value: 'from' is 'now', which is not before 'to', 'now-5m'",
      '   9 | from = "now"',
      "     |        ^^^^^",
    ],
  },
])("values that are not allowed: $name", ({ path, text, want }) => {
  expect(render(path, text)).toEqual(want);
});

test.for([
  {
    name: "what is no date math",
    path: "r.toml",
    text: `${query}from = "yesterday"\nto = "now+"\n`,
    want: [
      "r.toml:9:8: error bad-date-math: 'from' must be date math such as now-9m, not 'yesterday'",
      '   9 | from = "yesterday"',
      "     |        ^^^^^^^^^^^",
      "r.toml:10:6: error bad-date-math: 'to' must be date math such as now-9m, not 'now+'",
      '  10 | to = "now+"',
      "     |      ^^^^^^",
    ],
  },
  {
    name: "a history that begins too late, as the API writes it",
    path: "r.toml",
    text: `${begin}type = "new_terms"\nquery = "a: b"\nnew_terms_fields = ["a"]\nfrom = "now-9m"\nhistory_window_start = "now-9m"\n`,
    want: [
      "r.toml:11:24: error bad-history-window: The history begins at 'now-9m', which is not before 'from', 'now-9m'",
      '  11 | history_window_start = "now-9m"',
      "     |                        ^^^^^^^^",
    ],
  },
  {
    name: "a history that begins too late, as TOML wraps it",
    path: "r.toml",
    text: `${begin}type = "new_terms"\nquery = "a: b"\n[rule.new_terms]\nvalue = ["a"]\n[[rule.new_terms.history_window_start]]\nvalue = "now-5m"\n`,
    want: [
      "r.toml:12:9: error bad-history-window: The history begins at 'now-5m', which is not before 'from', 'now-6m'",
      '  12 | value = "now-5m"',
      "     |         ^^^^^^^^",
    ],
  },
])("times: $name", ({ path, text, want }) => {
  expect(render(path, text)).toEqual(want);
});

test.for([
  {
    name: "an unknown key of the rule",
    path: "r.toml",
    text: `${query}interrval = "5m"\n`,
    want: [
      "r.toml:9:1: warning unknown-key: Unknown key 'interrval'",
      '   9 | interrval = "5m"',
      "     | ^^^^^^^^^",
      "  help: did you mean 'interval'?",
    ],
  },
  {
    name: "an unknown key of an object",
    path: "r.toml",
    text: `${query}[[rule.threat]]\nframework = "x"\n[rule.threat.tactic]\nid = "TA0002"\nname = "Execution"\nreferense = "x"\n`,
    want: [
      "r.toml:14:1: warning unknown-key: Unknown key 'referense'",
      '  14 | referense = "x"',
      "     | ^^^^^^^^^",
      "  help: did you mean 'reference'?",
    ],
  },
  {
    name: "unknown keys beside the rule",
    path: "r.toml",
    text: `${query}[metadata]\nmaturty = "x"\n[transfrom]\nx = 1\n`,
    want: [
      "r.toml:10:1: warning unknown-key: Unknown key 'maturty'",
      '  10 | maturty = "x"',
      "     | ^^^^^^^",
      "  help: did you mean 'maturity'?",
      "r.toml:11:2: warning unknown-key: Unknown key 'transfrom'",
      "  11 | [transfrom]",
      "     |  ^^^^^^^^^",
      "  help: did you mean 'transform'?",
    ],
  },
  {
    name: "a key of another type",
    path: "r.toml",
    text: `${query}[rule.threshold]\nvalue = 5\n`,
    want: [
      "r.toml:9:7: warning unused-key: 'threshold' has no effect in a rule of type 'query'",
      "   9 | [rule.threshold]",
      "     |       ^^^^^^^^^",
    ],
  },
  {
    name: "indices of an ES|QL rule",
    path: "r.toml",
    text: `${begin}type = "esql"\nquery = "from logs-*"\nindex = ["logs-*"]\n`,
    want: [
      "r.toml:9:1: warning unused-key: 'index' has no effect in a rule of type 'esql'",
      '   9 | index = ["logs-*"]',
      "     | ^^^^^",
    ],
  },
  {
    name: "a key that would break the terminal",
    path: "r.toml",
    text: `${query}"a\\u001b[31m" = 1\n`,
    want: [
      "r.toml:9:1: warning unknown-key: Unknown key 'a\\x1b[31m'",
      '   9 | "a\\u001b[31m" = 1',
      "     | ^^^^^^^^^^^^^",
    ],
  },
  {
    name: "a very long key",
    path: "r.toml",
    text: `${query}${"x".repeat(200)} = 1\n`,
    want: [
      "r.toml:9:1: warning unknown-key: Unknown key 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'",
      "   9 | xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…",
      "     | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
    ],
  },
])("keys that do nothing: $name", ({ path, text, want }) => {
  expect(render(path, text)).toEqual(want);
});

test.for([
  {
    name: "exceptions and connectors",
    path: "r.ndjson",
    text: [
      '{"rule_id":"r-1","name":"n","description":"d","severity":"low","risk_score":1,"type":"eql","query":"any where true"}',
      '{"list_id":"l","type":"detection","name":"n"}',
      '{"list_id":"l","item_id":"1","entries":[]}',
      '{"list_id":"l","item_id":"2","entries":[]}',
      '{"id":"c","type":"action","attributes":{"actionTypeId":".slack"}}',
      '{"exported_count":4}',
    ].join("\n"),
    want: [
      "r.ndjson:5:1: warning skipped-entry: 1 connector is not read",
      '   5 | {"id":"c","type":"action","attributes":{"actionTypeId":".slack"}}',
      "     | ^",
    ],
  },
])("parts of an export that are not rules: $name", ({ path, text, want }) => {
  expect(render(path, text)).toEqual(want);
});

test.for([
  {
    name: "deep JSON",
    path: "r.json",
    text: `{"rule_id":"r-1","name":"n","description":"d","severity":"low","risk_score":1,"type":"eql","query":"any where true","meta":\n${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
    want: [
      "r.json:2:65: error nested-too-deeply: 'meta[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0…' is nested more than 64 deep",
      "   2 | …[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…",
      "     |                                          ^",
    ],
  },
])("values nested too deeply: $name", ({ path, text, want }) => {
  expect(render(path, text)).toEqual(want);
});

test.for([
  { path: "r.json", text: `[${"{},".repeat(entryCountMax)}{}]`, place: "1:1" },
  {
    path: "r.ndjson",
    text: "\n".repeat(entryCountMax) + JSON.stringify({}),
    place: `${entryCountMax + 1}:1`,
  },
  { path: "r.ndjson", text: "{\n".repeat(entryCountMax + 1), place: `${entryCountMax + 1}:1` },
])("files with too many entries are not read on: $path", ({ path, text, place }) => {
  const rendered = render(path, text);
  expect(
    rendered.filter((line) => line.includes("file-too-large") && line.startsWith(`${path}:${place}: `)),
  ).toHaveLength(1);
});

test("values nested as deep as may be are read, and no deeper", () => {
  const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const rule =
    '{"rule_id":"r-1","name":"n","description":"d","severity":"low","risk_score":1,"type":"eql","query":"any where true"';
  const renderAt = (depth: number) => render("r.json", `${rule},"meta":${nested(depth)}}`);
  expect(renderAt(depthMax)).toEqual([]);
  expect(renderAt(depthMax + 1)[0]).toContain("nested-too-deeply");
});

test("a rule with warnings only is loaded, one with an error is not", () => {
  const warned = `${query}interrval = "5m"\n`;
  expect(loadRules([{ path: "r.toml", text: warned }]).rules).toHaveLength(1);
  expect(loadRules([{ path: "r.toml", text: `${warned}max_signals = 0\n` }]).rules).toHaveLength(0);
});

test("of two rules with the same id the first is kept", () => {
  const { rules, diagnostics } = loadRules([
    { path: "one.toml", text: query },
    { path: "two.toml", text: query.replace("A name", "Another name") },
  ]);
  expect(rules.map(({ name }) => name)).toEqual(["A name"]);
  expect(diagnostics.map((diagnostic) => renderDiagnostic(diagnostic))).toEqual([
    [
      "two.toml:2:11: error duplicate-rule-id: The rule id 'r-1' is taken by an earlier rule",
      '   2 | rule_id = "r-1"',
      "     |           ^^^^^",
      "  help: 'A name' has it, at one.toml:2:11",
    ].join("\n"),
  ]);
});

test("a rule that did not load takes no id", () => {
  const { rules } = loadRules([
    { path: "one.toml", text: `${query}max_signals = 0\n` },
    { path: "two.toml", text: query },
  ]);
  expect(rules.map(({ source }) => source.text.name)).toEqual(["two.toml"]);
});

test("of very many problems the errors and the first warnings are shown, and the rest counted", () => {
  const unknown = Array.from({ length: 150 }, (_, i) => `unknown_${i} = 1\n`).join("");
  const { diagnostics } = loadRules([{ path: "r.toml", text: `${query}${unknown}max_signals = 0\n` }]);
  expect(diagnostics).toHaveLength(diagnosticsPerFileMax + 1);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toHaveLength(1);
  expect(diagnostics.at(-1)?.message).toBe("51 more problems of this file are not shown");
});
