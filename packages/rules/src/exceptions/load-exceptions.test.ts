import { ecsCatalogue, FieldSlots, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import { check, compile, fold, lowerException, renderDiagnostic } from "@tallyman/languages";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LoadedExceptions } from "./exception.ts";
import { loadExceptions } from "./load-exceptions.ts";

function load(files: Readonly<Record<string, string>>, valueFiles: Readonly<Record<string, string>> = {}) {
  return loadExceptions({
    files: Object.entries(files).map(([path, text]) => ({ path, text })),
    readValueFile: (path) => {
      const text = valueFiles[path];
      return text === undefined ? { problem: "no such file or folder" } : { text };
    },
  });
}

const rendered = ({ diagnostics }: LoadedExceptions) => diagnostics.map((each) => renderDiagnostic(each));

test("an exception has what its file says", () => {
  const { diagnostics, items, lists, valueLists } = load(
    {
      "e.toml": `
[[value_list]]
id = "hosts"
type = "keyword"
file = "hosts.txt"

[[list]]
list_id = "shared"
name = "Shared"
rules = ["*"]

[[exception]]
name = "Backups"
description = "They read everything."
rules = ["r-1", "A rule"]
list_id = "shared"
os_types = ["linux"]
expire_time = 2026-12-31T00:00:00Z
entries = [
  { field = "process.name", type = "match", value = "tar", ignore_case = true },
  { field = "process.pid", type = "match_any", operator = "excluded", value = [1, "2", true] },
  { field = "host.name", type = "list", list = { id = "hosts" } },
]
`,
    },
    { "hosts.txt": "\ufeffweb-1\r\n\n  web-2  \n" },
  );
  expect(diagnostics).toEqual([]);
  expect(valueLists.get("hosts")).toEqual({ id: "hosts", type: "keyword", values: ["web-1", "web-2"] });
  expect(lists).toMatchObject([{ listId: "shared", name: "Shared", rules: [{ value: "*" }] }]);
  expect(items).toMatchObject([
    {
      name: "Backups",
      description: "They read everything.",
      rules: [{ value: "r-1" }, { value: "A rule" }],
      listId: "shared",
      osTypes: [{ value: "linux" }],
      expireMs: Date.UTC(2026, 11, 31),
      entries: [
        { type: "match", isExcluded: false, ignoreCase: true, value: { value: "tar" } },
        { type: "match_any", isExcluded: true, values: [{ value: 1 }, { value: "2" }, { value: true }] },
        { type: "list", list: { value: "hosts" } },
      ],
    },
  ]);
});

test.for<[about: string, text: string, want: readonly string[]]>([
  [
    "no rules",
    '[[exception]]\nname = "x"\nentries = [{ field = "a", type = "exists" }]\n',
    ["e.toml:1:1: error missing-key: The exception does not say which rules it is for"],
  ],
  [
    "no entries: it would take out everything",
    '[[exception]]\nname = "x"\nrules = ["*"]\nentries = []\n',
    ["e.toml:4:11: error bad-value: 'entries' must have 1 or more entries, not 0"],
  ],
  [
    "no values",
    '[[exception]]\nname = "x"\nrules = ["*"]\nentries = [{ field = "a", type = "match_any", value = [] }]\n',
    ["e.toml:4:55: error bad-value: 'entries[0].value' must have 1 or more entries, not 0"],
  ],
  [
    "an entry of no known type, and one without a field",
    '[[exception]]\nname = "x"\nrules = ["*"]\nentries = [{ field = "a", type = "matches", value = "b" }, { type = "exists" }]\n',
    [
      "e.toml:4:34: error bad-value: 'entries[0].type' must be one of match, match_any, exists, wildcard, list, nested, not 'matches'",
      "e.toml:4:60: error missing-key: 'entries[1]' has no 'field'",
    ],
  ],
  [
    "keys that do nothing",
    '[[exception]]\nname = "x"\nrules = ["*"]\nexpires = 2026-01-01\nentries = [{ field = "a", type = "exists", value = "b" }]\n[other]\na = 1\n',
    [
      "e.toml:4:1: warning unknown-key: Unknown key 'expires'",
      "e.toml:5:44: warning unknown-key: Unknown key 'value'",
      "e.toml:6:2: warning unknown-key: Unknown key 'other'",
    ],
  ],
  [
    "nested entries in nested entries",
    '[[exception]]\nname = "x"\nrules = ["*"]\nentries = [{ field = "a", type = "nested", entries = [{ field = "b", type = "nested", entries = [] }] }]\n',
    ["e.toml:4:77: error bad-value: Nested entries cannot stand in each other"],
  ],
  [
    "a time of day as an expiry: it says nothing of the day",
    '[[exception]]\nname = "x"\nrules = ["*"]\nexpire_time = 07:32:00\nentries = [{ field = "a", type = "exists" }]\n',
    ["e.toml:4:15: error wrong-type: 'expire_time' must be a time such as 2026-12-31T00:00:00Z, not a date"],
  ],
  [
    "a table where a list of tables belongs",
    '[exception]\nname = "x"\n',
    ["e.toml:1:1: error wrong-type: 'exception' must be a list of tables"],
  ],
  [
    "value lists",
    '[[value_list]]\nid = "a"\ntype = "ip"\n[[value_list]]\nid = "b"\ntype = "ip"\nfile = "none.txt"\n[[value_list]]\nid = "c"\ntype = "ips"\nvalues = []\n[[value_list]]\nid = "d"\ntype = "ip"\nvalues = []\n[[value_list]]\nid = "d"\ntype = "ip"\nvalues = []\n',
    [
      "e.toml:1:1: error missing-key: The value list 'a' needs either 'values' or 'file'",
      "e.toml:7:8: error unreadable-file: The values in 'none.txt' cannot be read: no such file or folder",
      expect.stringContaining("e.toml:10:8: error bad-value: 'type' must be one of keyword, text, "),
      "e.toml:17:6: error bad-value: There are two value lists 'd'",
    ] as readonly string[],
  ],
  ["broken TOML", "[[exception]\n", [expect.stringContaining("error bad-toml")] as readonly string[]],
])("what is wrong has a place: %s", ([, text, want]) => {
  expect(rendered(load({ "e.toml": text })).map((each) => each.split("\n")[0])).toEqual(want);
});

test("one exception with an error does not take the others with it", () => {
  const good = '[[exception]]\nname = "good"\nrules = ["*"]\nentries = [{ field = "a", type = "exists" }]\n';
  const { items } = load({ "e.toml": `${good}[[exception]]\nname = "bad"\n${good}` });
  expect(items.length).toBe(2);
});

test("a list of a million values is one set, not a million conditions", () => {
  const values = Array.from({ length: 1_000_000 }, (_, i) => `host-${i}`);
  const { items, valueLists } = load(
    {
      "e.toml":
        '[[value_list]]\nid = "l"\ntype = "keyword"\nfile = "l.txt"\n[[exception]]\nname = "x"\nrules = ["*"]\nentries = [{ field = "host.name", type = "list", list = { id = "l" } }]\n',
    },
    { "l.txt": values.join("\n") },
  );
  const matches = testOf(items[0] as (typeof items)[0], valueLists);
  expect(matches({ host: { name: "host-999999" } })).toBe(true);
  expect(matches({ host: { name: "host-1000000" } })).toBe(false);
}, 60_000);

function testOf(
  item: LoadedExceptions["items"][0],
  valueLists: LoadedExceptions["valueLists"],
): (event: JsonObject) => boolean {
  const { expression } = lowerException(item, valueLists, ecsCatalogue());
  if (expression === undefined) throw new Error("the exception has an error");
  const slots = new FieldSlots();
  const folded = fold(check(expression, ecsCatalogue()).expression);
  expect(folded.kind).toBe("test");
  const program = compile(folded, slots);
  return (event) => program.matches(new ParsedEvent(event, slots), 0);
}

test("whatever the text, nothing is thrown and everything has its place", () => {
  const piece = fc.constantFrom(
    "[[exception]]\n",
    "[[list]]\n",
    "[[value_list]]\n",
    'name = "x"\n',
    'list_id = "l"\n',
    'rules = ["*"]\n',
    "entries = [",
    '{ field = "a", type = "exists" }',
    ", ",
    "]\n",
    '{ field = "a.b", type = "nested", entries = [] }',
    '{"list_id":"l","entries":[',
    '{"field":"a","type":"match","value":"*"}',
    '],"name":"n"}\n',
    '{"list_id":"l","type":"detection"}\n',
    "expire_time = 2024-01-01\n",
    'os_types = ["linux"]\n',
    "null",
    "\u0000",
    '"__proto__"',
  );
  const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, fc.constantFrom("e.toml", "e.ndjson", "e.json", "e"), (content, path) => {
      const loaded = load({ [path]: content });
      for (const { source, span } of loaded.diagnostics) {
        expect(span.start).toBeLessThanOrEqual(span.end);
        expect(span.end).toBeLessThanOrEqual(source.text.length);
      }
      for (const item of loaded.items) {
        expect(item.entries.length).toBeGreaterThan(0);
        lowerException(item, loaded.valueLists, ecsCatalogue());
      }
    }),
    { numRuns: 500 },
  );
});

test.for([
  ["one exception", (item: string) => item],
  ["a list of them", (item: string) => `[${item}]`],
] as const)("an export that was saved as JSON is read: %s", ([, textOf]) => {
  const item = JSON.stringify({
    list_id: "l",
    name: "n",
    entries: [{ type: "exists", field: "a" }],
  });
  const { diagnostics, items } = load({ "e.json": textOf(item) });
  expect(diagnostics).toEqual([]);
  expect(items[0]).toMatchObject({ listId: "l", name: "n" });
});
