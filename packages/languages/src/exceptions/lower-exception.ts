import type { FieldCatalogue } from "@tallyman/ecs";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import type { Span } from "../diagnostics/span.ts";
import type { Equals, Expression } from "../expression/expression.ts";
import type { NamedField } from "../expression/field-reference.ts";
import { findEatenEscape } from "../lint/eaten-escape.ts";
import { parseWildcard } from "../values/wildcard.ts";
import type { ExceptionEntry, ExceptionText, ExceptionValue, ListEntry } from "./exception-entry.ts";
import { lowerValueList } from "./lower-value-list.ts";
import type { ValueList } from "./value-list.ts";

/** What an exception consists of. */
export interface ExceptionConditions {
  /** At least one; all must hold. */
  readonly entries: readonly ExceptionEntry[];
  /** Systems that it is limited to, none for all. */
  readonly osTypes: readonly ExceptionText[];
}

export interface LoweredException {
  /** Undefined when a diagnostic is an error. */
  readonly expression: Expression | undefined;
  /** The same with each value list as no more than the existence of its field: what can be said of it without looking at a million values. */
  readonly outline: Expression;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * What an exception means: every entry holds, and the event is of one of its systems, by `host.os.type` or `host.os.name.caseless`. Reports
 * `unknown-list`, `literal-wildcard`, `eaten-escape`, `type-mismatch`, `never-matches` and `always-matches`. Source: detection engine, exceptions.
 */
export function lowerException(
  { entries, osTypes }: ExceptionConditions,
  valueLists: ReadonlyMap<string, ValueList>,
  catalogue: FieldCatalogue,
): LoweredException {
  const systems = osTypes.length > 0 ? [lowerOsTypes(osTypes)] : [];
  const lower = (lowering: ExceptionLowering): Expression => ({
    kind: "and",
    operands: [...systems, ...entries.map((entry) => lowering.entry(entry, ""))],
  });
  const lowering = new ExceptionLowering(valueLists, catalogue);
  const expression = lower(lowering);
  const { diagnostics } = lowering;
  const failed = diagnostics.some(({ severity }) => severity === "error");
  const outline = lower(new ExceptionLowering(undefined, catalogue));
  return { expression: failed ? undefined : expression, outline, diagnostics };
}

class ExceptionLowering {
  readonly #valueLists: ReadonlyMap<string, ValueList> | undefined;
  readonly #catalogue: FieldCatalogue;
  readonly diagnostics: Diagnostic[] = [];

  /** @param valueLists Undefined for an outline. */
  constructor(valueLists: ReadonlyMap<string, ValueList> | undefined, catalogue: FieldCatalogue) {
    this.#valueLists = valueLists;
    this.#catalogue = catalogue;
  }

  entry(entry: ExceptionEntry, prefix: string): Expression {
    const operand = this.#condition(entry, prefix);
    return entry.isExcluded ? { kind: "not", operand } : operand;
  }

  #condition(entry: ExceptionEntry, prefix: string): Expression {
    const path = prefix + entry.field.value;
    const field: NamedField = { kind: "field", path, span: entry.field.span };
    switch (entry.type) {
      case "match":
        return this.#equals(field, entry.value, entry.ignoreCase);
      case "match_any":
        return {
          kind: "or",
          operands: entry.values.map((value) => this.#equals(field, value, entry.ignoreCase)),
        };
      case "exists":
        return { kind: "exists", field, span: entry.span };
      case "wildcard": {
        const { span, value } = entry.value;
        this.#report(findEatenEscape(value, span));
        return {
          kind: "matches",
          field,
          pattern: parseWildcard(value, { escapes: true }),
          splitsOnSpace: false,
          ignoreCase: entry.ignoreCase,
          span,
        };
      }
      case "list":
        return this.#list(entry, field);
      case "nested":
        return {
          kind: "nested",
          path,
          operand: { kind: "and", operands: entry.entries.map((inner) => this.entry(inner, `${path}.`)) },
          span: entry.span,
        };
    }
  }

  #equals(field: NamedField, { span, value }: ExceptionValue, ignoreCase: boolean): Equals {
    if (typeof value === "string" && looksLikePattern(value) && this.#isText(field.path)) {
      const message = `'${value}' is compared as it stands: '*' and '?' are no wildcards under match`;
      this.#report(diagnostic("literal-wildcard", span, message, 'write type = "wildcard" for a pattern'));
    }
    return { kind: "equals", field, value, tokens: "phrase", ignoreCase, span };
  }

  #list({ isExcluded, list: { span, value: id } }: ListEntry, field: NamedField): Expression {
    if (this.#valueLists === undefined) return { kind: "exists", field, span };
    const list = this.#valueLists.get(id);
    if (list === undefined) {
      const hint = didYouMean(id, this.#valueLists.keys()) ?? "a [[value_list]] gives a list its values";
      this.#report(diagnostic("unknown-list", span, `There is no value list '${id}'`, hint));
      return { kind: "constant", value: false };
    }
    const { expression, refused, refusedCount } = lowerValueList(list, field, span);
    if (refusedCount > 0) {
      const named = refused.map((value) => `'${value}'`).join(", ");
      const more = refusedCount > refused.length ? `, and ${refusedCount - refused.length} more` : "";
      const message = `The value list '${id}' is of type ${list.type}, which cannot hold ${named}${more}`;
      this.#report(diagnostic("type-mismatch", span, message));
    }
    if (list.values.length === refusedCount) {
      const nothing = `The value list '${id}' has no values`;
      this.#report(
        isExcluded
          ? diagnostic("always-matches", span, `${nothing}, so that every event is outside of it`)
          : diagnostic("never-matches", span, nothing),
      );
    }
    this.#report(this.#findMisplaced(list, field, span));
    return expression;
  }

  /** What is not refused and yet finds nothing in the field. */
  #findMisplaced({ id, type, values }: ValueList, field: NamedField, span: Span): Diagnostic | undefined {
    const fieldType = this.#catalogue.find(field.path)?.type;
    if (type === "ip_range" && fieldType !== undefined && fieldType !== "ip") {
      const message = `The value list '${id}' holds ranges of addresses, and '${field.path}' is of type ${fieldType}: none of its values is in one`;
      return diagnostic("type-mismatch", span, message);
    }
    const pattern = type === "keyword" || type === "text" ? values.find(looksLikePattern) : undefined;
    if (pattern === undefined || !this.#isText(field.path)) return undefined;
    const message = `'${pattern}' in the value list '${id}' is compared as it stands: a list of type ${type} has no wildcards`;
    return diagnostic("literal-wildcard", span, message, 'give the list type = "wildcard" for patterns');
  }

  #isText(path: string): boolean {
    const type = this.#catalogue.find(path)?.type;
    return type === undefined || type === "keyword" || type === "wildcard" || type === "constant_keyword";
  }

  #report(found: Diagnostic | undefined): void {
    if (found !== undefined) this.diagnostics.push(found);
  }
}

/** Question marks occur in ordinary values; in place of a drive's letter they are meant as a wildcard. */
function looksLikePattern(value: string): boolean {
  return value.includes("*") || value.startsWith("?:\\");
}

function lowerOsTypes(osTypes: readonly ExceptionText[]): Expression {
  return {
    kind: "or",
    operands: osTypes.flatMap(({ span, value }) => [
      osEquals("host.os.type", value, span),
      osEquals("host.os.name.caseless", value, span),
    ]),
  };
}

function osEquals(path: string, value: string, span: Span): Equals {
  return {
    kind: "equals",
    field: { kind: "field", path, span },
    value,
    tokens: "phrase",
    ignoreCase: false,
    span,
  };
}
