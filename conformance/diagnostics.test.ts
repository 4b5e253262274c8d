import { readdirSync, readFileSync } from "node:fs";
import { ecsCatalogue, type FieldCatalogue, FieldSlots } from "@tallyman/ecs";
import { prepareRules } from "@tallyman/engine";
import {
  checkEql,
  checkKql,
  type Diagnostic,
  type DiagnosticCode,
  diagnosticCodes,
  type EqlDialect,
  type LocatedDiagnostic,
  lintEql,
  lintKql,
  renderDiagnostic,
  SourceText,
} from "@tallyman/languages";
import { findExpired, lintRule, loadExceptions, loadRules, type RuleFile } from "@tallyman/rules";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../apps/tallyman/src/config/load-config.ts";
import { prepareRulePaths } from "../apps/tallyman/src/rule-files/prepare-rule-paths.ts";

/** The cases of conformance/diagnostics; README.md says what they hold. */
interface DiagnosticCases {
  readonly about: string;
  readonly case: readonly DiagnosticCase[];
}

interface DiagnosticCase {
  readonly about: string;
  readonly kql?: string;
  readonly eql?: string;
  readonly dialect?: EqlDialect;
  readonly files?: Readonly<Record<string, string>>;
  readonly exceptions?: Readonly<Record<string, string>>;
  readonly value_files?: Readonly<Record<string, string>>;
  readonly lint?: boolean;
  readonly paths?: readonly string[];
  readonly config?: string;
  readonly want: string;
}

const folder = new URL("diagnostics/", import.meta.url);
const codes = Object.keys(diagnosticCodes) as DiagnosticCode[];
const files = readdirSync(folder);

for (const file of files) {
  const cases = parse(readFileSync(new URL(file, folder), "utf8")) as unknown as DiagnosticCases;
  describe(`${file}: ${cases.about}`, () => {
    test.for([...cases.case])("$about", (given) => {
      const rendered = render(found(given));
      expect(rendered).toBe(filledIn(given.want, rendered));
      expect(given.want).toContain(` ${file.replace(/\.toml$/, "")}: `);
    });
  });
}

test("every code has cases, and nothing else has", () => {
  expect(files.map((file) => file.replace(/\.toml$/, "")).sort()).toEqual([...codes].sort());
});

describe("docs/diagnostics.md", () => {
  const page = readFileSync(new URL("../docs/diagnostics.md", import.meta.url), "utf8");
  const sections = page.split(/^### /m).slice(1);
  const nameOf = (section: string) => section.slice(0, section.indexOf("\n"));

  test("has a section for every code in the order of the table, and no other", () => {
    expect(sections.map(nameOf)).toEqual(codes);
  });

  test.for(sections.map((section) => [nameOf(section), section] as const))("%s", ([code, section]) => {
    const severity = /^\*\*(Error|Warning)\.\*\* /m.exec(section)?.[1]?.toLowerCase();
    expect(severity).toBe(diagnosticCodes[code as DiagnosticCode].severity);
    const examples = [...section.matchAll(/^```diff(?: (\w+))?\n(.*?)^```$/gms)];
    expect(examples).not.toEqual([]);
    for (const [, format, diff = ""] of examples) {
      // One without a format is too large to be written out, or a command.
      if (format === undefined) continue;
      expect(codesIn(format, side(diff, "-"))).toContain(code);
      expect(codesIn(format, side(diff, "+"))).toEqual([]);
    }
  });
});

/** One side of a diff: the lines that both have, and its own. */
function side(diff: string, mark: "-" | "+"): string {
  const lines = diff.split("\n").filter((line) => line.startsWith(" ") || line.startsWith(mark));
  return lines.map((line) => `${line.slice(2)}\n`).join("");
}

/** The codes of everything that is wrong with an example. */
function codesIn(format: string, text: string): readonly DiagnosticCode[] {
  return diagnosticsIn(format, text).map(({ code }) => code);
}

function diagnosticsIn(format: string, text: string): readonly LocatedDiagnostic[] {
  switch (format) {
    case "kql":
      return inQuery(text, withLint(checkKql, lintKql));
    case "eql":
      return inQuery(text, withLint(checkEql, lintEql));
    case "config":
      return inConfig(text);
    case "exceptions":
      return inFiles([{ path: "rule.toml", text: wholeRule('query = "host.os.type : linux"\n') }], {
        exceptions: { "example.toml": wholeException(text) },
      });
    default:
      return inFiles([{ path: `example.${format}`, text: format === "toml" ? wholeRule(text) : text }]);
  }
}

/** An example of an exception, or of an entry, with what it leaves out. */
function wholeException(text: string): string {
  const entries = text.startsWith("{") ? text : '{ field = "process.name", type = "match", value = "tar" }';
  const settings = text.startsWith("{") ? "" : text;
  const rules = /^(?:rules|list_id) =/m.test(settings) ? "" : 'rules = ["example"]\n';
  return `[[exception]]\nname = "Example"\n${rules}${settings}entries = [\n${entries}\n]\n`;
}

/** A TOML example with the lines that a rule needs and the example leaves out. */
function wholeRule(text: string): string {
  if (text.startsWith("[")) return text;
  const ordinary = {
    rule_id: "example",
    name: "Example",
    description: "An example.",
    risk_score: 21,
    severity: "low",
    type: "query",
    query: "process.name : bash",
  };
  const missing = Object.entries(ordinary).filter(([key]) => !new RegExp(`^${key} =`, "m").test(text));
  return ["[rule]", ...missing.map(([key, value]) => `${key} = ${JSON.stringify(value)}`), text].join("\n");
}

function found(given: DiagnosticCase): readonly LocatedDiagnostic[] {
  const { config, dialect, eql, files = {}, kql, paths } = given;
  if (kql !== undefined) return inQuery(repeated(kql), given.lint ? withLint(checkKql, lintKql) : checkKql);
  if (eql !== undefined) {
    const options = dialect === undefined ? {} : { dialect };
    return inQuery(repeated(eql), (text, catalogue) => {
      const { diagnostics } = checkEql(text, catalogue, options);
      return { diagnostics: [...diagnostics, ...(given.lint ? lintEql(text, catalogue, options) : [])] };
    });
  }
  if (config !== undefined) return inConfig(config);
  if (paths !== undefined) return prepareRulePaths(paths, ecsCatalogue()).diagnostics;
  return inFiles(
    Object.entries(files).map(([path, text]) => ({ path, text: repeated(text) })),
    given,
  );
}

type Check = (text: string, catalogue: FieldCatalogue) => { readonly diagnostics: readonly Diagnostic[] };

/** A check that also looks for what is valid and hardly meant. */
function withLint(
  check: Check,
  lint: (text: string, catalogue: FieldCatalogue) => readonly Diagnostic[],
): Check {
  return (text, catalogue) => ({
    diagnostics: [...check(text, catalogue).diagnostics, ...lint(text, catalogue)],
  });
}

/** A query as `tallyman query` and `tallyman explain` check it. */
function inQuery(text: string, check: Check): readonly LocatedDiagnostic[] {
  const source = new SourceText("query", text);
  return check(text, ecsCatalogue()).diagnostics.map((diagnostic) => ({ ...diagnostic, source }));
}

/** A configuration as `tallyman config check` checks it, with nothing in the environment. */
function inConfig(text: string): readonly LocatedDiagnostic[] {
  return parseConfig({ path: "tallyman.toml", text }, {}).diagnostics;
}

/** By when the exceptions of cases have expired. */
const now = Date.UTC(2024, 4, 1);

/** Rule files and files of exceptions as `tallyman rules check` checks them. */
function inFiles(
  ruleFiles: readonly RuleFile[],
  { exceptions = {}, lint = false, value_files = {} }: Partial<DiagnosticCase> = {},
): readonly LocatedDiagnostic[] {
  const loaded = loadRules(ruleFiles);
  const loadedExceptions = loadExceptions({
    files: Object.entries(exceptions).map(([path, text]) => ({ path, text: repeated(text) })),
    ruleFiles,
    readValueFile(path) {
      const text = value_files[path];
      return text === undefined ? { problem: "no such file or folder" } : { text };
    },
  });
  const prepared = prepareRules(loaded.rules, ecsCatalogue(), new FieldSlots(), loadedExceptions);
  return [
    ...loaded.diagnostics,
    ...prepared.diagnostics,
    ...prepared.exceptionDiagnostics,
    ...findExpired(loadedExceptions.items, now),
    ...(lint ? loaded.rules.flatMap((rule) => lintRule(rule, ecsCatalogue())) : []),
  ];
}

function render(diagnostics: readonly LocatedDiagnostic[]): string {
  return diagnostics.map((diagnostic) => `${renderDiagnostic(diagnostic)}\n`).join("");
}

/** `«x × 9»` stands for nine times x. */
function repeated(text: string): string {
  return text.replace(/«(.+?) × (\d+)»/gs, (_, part: string, times: string) => part.repeat(Number(times)));
}

/** What is wanted, with a line of `…` replaced by what is found between the lines around it. */
function filledIn(want: string, rendered: string): string {
  const [head = "", tail] = want.split(/^…\n/m);
  return tail === undefined
    ? head
    : head + rendered.slice(head.length, Math.max(head.length, rendered.length - tail.length)) + tail;
}
