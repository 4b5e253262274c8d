import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { LuceneClause, LuceneQuery, LuceneValue } from "./ast.ts";
import { rolesOf } from "./clause-roles.ts";

/**
 * What is valid and hardly meant: operators in small letters, which Lucene reads as words to look for (`operator-in-text`), and clauses
 * that are needless beside required ones (`without-effect`).
 */
export function findSlips(query: LuceneQuery): readonly Diagnostic[] {
  switch (query.kind) {
    case "match-all":
      return [];
    case "clauses":
      return [...findNeedless(query.clauses), ...query.clauses.flatMap((clause) => findSlips(clause.query))];
    case "group":
      return findSlips(query.query);
    case "value":
      return query.value.kind === "words" ? findInWords(query.value) : [];
  }
}

function findNeedless(clauses: readonly LuceneClause[]): readonly Diagnostic[] {
  const roles = rolesOf(clauses);
  if (!roles.includes("required")) return [];
  const message = "Beside clauses that are required this one is optional, and has no effect";
  const hint = "AND does not bind tighter than OR: put what belongs together in brackets";
  return clauses
    .filter((_, i) => roles[i] === "optional")
    .map(({ query: { span } }) => diagnostic("without-effect", span, message, hint));
}

function findInWords({ span, words }: Extract<LuceneValue, { kind: "words" }>): readonly Diagnostic[] {
  const slip = words.find((word) => /^(?:and|or|not)$/i.test(word) && word !== word.toUpperCase());
  if (slip === undefined) return [];
  const message = `'${slip}' is no operator here: Lucene's are in capitals, and it looks for this as a word`;
  return [diagnostic("operator-in-text", span, message, `write ${slip.toUpperCase()}`)];
}
