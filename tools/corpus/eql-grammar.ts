import { readFileSync } from "node:fs";
import { join } from "node:path";
import { evaluateEqlConstant, parseEql, printEql } from "@tallyman/languages";
import type { CheckResult } from "./check-result.ts";

interface EqlGrammar {
  readonly accept: readonly { readonly query: string }[];
  readonly reject: readonly { readonly query: string }[];
  readonly fold: readonly FoldCase[];
}

interface FoldCase {
  readonly expression: string;
  readonly expected: string | number | boolean | null;
  /** Types of which a value each takes the place of `$` and the name. */
  readonly loop_over?: readonly string[];
  readonly loop_name?: string;
  /** Cases of other engines, in which Elasticsearch differs. */
  readonly case_insensitive_mode?: boolean;
  readonly es_excluded?: boolean;
}

const samples: Readonly<Record<string, string>> = {
  bool: "true",
  int: "1",
  string: '"text"',
  float: "1.5",
  null: "null",
};

/** Runs the public cases about EQL's grammar: what is accepted and refused, and the values of constant expressions. */
export function checkEqlGrammar(shared: string): CheckResult {
  const cases = JSON.parse(
    readFileSync(join(shared, "conformance", "eql-grammar.json"), "utf8"),
  ) as EqlGrammar;
  const failed: string[] = [];
  let passed = 0;
  const expectTrue = (holds: boolean, what: () => string): void => {
    if (holds) passed += 1;
    else failed.push(what());
  };
  for (const { query } of cases.accept) {
    const parsed = parseEql(query);
    expectTrue(parsed.query !== undefined, () => `refused: ${query}: ${parsed.diagnostics[0]?.message}`);
    const again = parsed.query && parseEql(printEql(parsed.query));
    expectTrue(
      withoutSpans(again?.query) === withoutSpans(parsed.query),
      () => `printed differently: ${query}`,
    );
  }
  for (const { query } of cases.reject)
    expectTrue(parseEql(query).query === undefined, () => `accepted: ${query}`);
  for (const { expression, expected } of cases.fold.flatMap(instancesOf)) {
    const { value, diagnostics } = evaluateEqlConstant(expression);
    expectTrue(
      value === expected,
      () => `${expression} is ${value ?? diagnostics[0]?.message}, should be ${expected}`,
    );
  }
  return { passed, failed };
}

function instancesOf(given: FoldCase): readonly Pick<FoldCase, "expression" | "expected">[] {
  if (given.case_insensitive_mode === true || given.es_excluded === true) return [];
  const { expression, expected, loop_over: types, loop_name: name } = given;
  if (types === undefined) return [{ expression, expected }];
  return types.map((type) => ({
    expression: expression.replaceAll(`$${name}`, samples[type] ?? "null"),
    expected,
  }));
}

function withoutSpans(tree: unknown): string | undefined {
  return JSON.stringify(tree, (key, value: unknown) =>
    /[sS]pan$/.test(key) && key !== "maxSpan" ? undefined : value,
  );
}
