import type { LuceneClause } from "./ast.ts";

/** What a clause does in its query: it must hold, it may, or it must not. */
export type ClauseRole = "required" | "optional" | "prohibited";

/** The roles of clauses, in their order. */
export function rolesOf(clauses: readonly LuceneClause[]): readonly ClauseRole[] {
  const roles: ClauseRole[] = [];
  for (const { conjunction, modifier } of clauses) {
    const last = roles.length - 1;
    if (conjunction === "AND" && roles[last] === "optional") roles[last] = "required";
    if (modifier === "-" || modifier === "NOT") roles.push("prohibited");
    else roles.push(modifier === "+" || conjunction === "AND" ? "required" : "optional");
  }
  return roles;
}
