// Rule files come from anywhere: whatever is in them, loading gives rules or diagnostics, soon, and never throws.
import { isDeepStrictEqual } from "node:util";
import { type LocatedDiagnostic, renderDiagnostic } from "@tallyman/languages";
import fc from "fast-check";
import { stringify as toToml } from "smol-toml";
import { expect, test } from "vitest";
import { stringify as toYaml } from "yaml";
import { loadRules } from "./load-rules.ts";
import type { Rule } from "./rule.ts";

const extensions = ["toml", "json", "ndjson", "yaml", ""];

/** Loads the text as a file of each format, looks at all there is to look at, and expects it to be in order. */
function loadAll(text: string): void {
  for (const extension of extensions) {
    const { rules, diagnostics } = loadRules([{ path: `r.${extension}`, text }]);
    const flaws = [...diagnostics.map(flawOfDiagnostic), ...rules.map(flawOfRule)];
    expect(flaws.filter((flaw) => flaw !== undefined)).toEqual([]);
    expect(flaws).not.toHaveLength(0);
  }
}

function flawOfDiagnostic(diagnostic: LocatedDiagnostic): string | undefined {
  const { span, source, code } = diagnostic;
  const isInside = 0 <= span.start && span.start <= span.end && span.end <= source.text.length;
  return isInside && renderDiagnostic(diagnostic).includes(code) ? undefined : `a bad span for ${code}`;
}

function flawOfRule(rule: Rule): string | undefined {
  const { length } = rule.source.text.text;
  const { end } = rule.source.spanOf(["threat", 0, "tactic", "id"]);
  if (end <= 0 || end > length) return "a bad span of a setting";
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(rule.parameters)), rule.parameters)) return "no JSON";
  if (!("query" in rule)) return undefined;
  const { offsets, text } = rule.query;
  const isInOrder = Array.from(offsets).every((at, i, all) => at <= length && at >= (all[i - 1] ?? 0));
  return isInOrder && offsets.length === text.length + 1 ? undefined : "bad offsets";
}

const rule = {
  rule_id: "r-1",
  name: "A name",
  description: "What it\n finds",
  severity: "low",
  risk_score: 21,
  type: "new_terms",
  query: "a: b\n",
  new_terms_fields: ["user.name"],
  history_window_start: "now-7d",
  filters: [{ meta: { negate: true }, query: { exists: { field: "x" } } }],
  threat: [{ framework: "x", tactic: { id: "TA0002", name: "Execution" } }],
};

const wholeFiles = [
  toToml({ metadata: { maturity: "production" }, rule }),
  JSON.stringify(rule),
  JSON.stringify([rule, { ...rule, rule_id: "r-2" }], null, 2),
  `${JSON.stringify(rule)}\n{"exported_count":1}\n`,
  toYaml({ rule }),
  `---\n${toYaml(rule)}`,
];

test("any text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), loadAll));
});

test("text of the marks that the formats are made of", () => {
  const marks = [..."[]{}\"'=:,.#-+|>&*!%@?\\ \t\r\n\u0000\ufeff\u00851a_~<"];
  const words = [
    "rule",
    "rule_id",
    "'''",
    '"""',
    "---\n",
    "...\n",
    "\n  ",
    "null",
    "0x",
    "1979-05-27",
    "&a",
    "*a",
    "<<:",
    "!!set ",
    "%YAML 1.1\n---\n",
    "__proto__",
  ];
  const text = fc
    .array(fc.constantFrom(...marks, ...words), { maxLength: 40 })
    .map((parts) => parts.join(""));
  fc.assert(fc.property(text, loadAll), { numRuns: 300 });
});

test("rules with a mistake in them", () => {
  const mistake = fc.oneof(
    fc.string({ unit: "binary", maxLength: 3 }),
    fc.constantFrom(
      "[",
      "]",
      "{",
      '"',
      "'",
      "\n",
      "\r",
      "\t",
      ":",
      "=",
      ",",
      "#",
      "&a ",
      "*a",
      "nan",
      "-",
      "\\",
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...wholeFiles), fc.nat(), fc.nat(20), mistake, (file, where, cut, insert) => {
      const at = where % file.length;
      loadAll(file.slice(0, at) + insert + file.slice(at + cut));
    }),
  );
});

test("values of any type for every key", () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(rule)), value, (key, any) => {
      loadAll(JSON.stringify({ ...rule, [key]: any }));
      loadAll(toYaml({ ...rule, [key]: any }));
    }),
    { numRuns: 50 },
  );
});

const deep = (open: string, close: string) => `${open.repeat(10_000)}${close.repeat(10_000)}`;

test.for([
  { name: "deep lists", text: deep("[", "]") },
  { name: "deep lists in TOML", text: `a = ${deep("[", "]")}` },
  { name: "deep lists in YAML", text: `a: ${deep("[", "]")}` },
  { name: "deep inline tables", text: `a = ${deep("{a=", "}")}` },
  { name: "deep objects", text: `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}` },
  { name: "lists that do not end", text: "[".repeat(10_000) },
  { name: "deep headers", text: `[rule${".a".repeat(10_000)}]` },
  { name: "deep dotted keys", text: `rule${".a".repeat(10_000)} = 1` },
  { name: "deep block lists", text: "- ".repeat(2_000) },
  { name: "deep block keys", text: "? ".repeat(2_000) },
  { name: "many aliases", text: `a: &a x\nb: [${"*a,".repeat(2_000)}]` },
  { name: "many anchors", text: Array.from({ length: 1_000 }, (_, i) => `- &a${i} x\n- *a${i}\n`).join("") },
  {
    name: "aliases of aliases",
    text: Array.from({ length: 40 }, (_, i) => `- &a${i} [*a${i - 1}, *a${i - 1}]\n`)
      .join("")
      .replaceAll("*a-1", "x"),
  },
  { name: "a circle", text: "rule_id: &a [*a, *a, *a]" },
  { name: "many keys", text: Array.from({ length: 2_000 }, (_, i) => `a${i}: 1\n`).join("") },
  { name: "many documents", text: "--- 1\n".repeat(1_000) },
  { name: "many tables", text: "[[rule]]\n".repeat(1_000) },
  { name: "a long key", text: `[rule]\n${"x".repeat(500_000)} = 1` },
  { name: "many blanks", text: `query: "a${" ".repeat(500_000)}b"` },
  { name: "many line breaks", text: `query: "a${"\n".repeat(100_000)}b"` },
])("$name", ({ text }) => {
  loadAll(text);
});

test("many blanks in a query take no time to place", () => {
  for (const style of ['"', "'", ""]) {
    const query = `a${" ".repeat(200_000)}b${"\n".repeat(50_000)} c`;
    const text = toYaml({ ...rule, query: "QUERY" }).replace("QUERY", `${style}${query}${style}`);
    const [loaded] = loadRules([{ path: "r.yaml", text }]).rules;
    if (loaded?.type !== "new_terms") throw new Error("not loaded");
    expect(loaded.query.offsets).toHaveLength(loaded.query.text.length + 1);
  }
});
