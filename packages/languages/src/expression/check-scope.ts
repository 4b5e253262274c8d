import { type Field, type FieldCatalogue, isAnalysed, itself } from "@tallyman/ecs";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import type { NamedField } from "./field-reference.ts";

/**
 * Which values of a field a language looks at. `analysed`: those that the field is mapped with, words of text included (KQL, filters).
 * `exact`: whole values only, so that text is reached through a multi-field, and a field without any is an error (EQL). `unmapped`: those
 * that stand in the event, whole, whatever a cluster would make of them (EQL as endpoints read it).
 */
export type FieldValues = "analysed" | "exact" | "unmapped";

export interface CheckScope {
  readonly catalogue: FieldCatalogue;
  readonly fieldValues: FieldValues;
  readonly report: (found: Diagnostic) => void;
  /** The path of the nested condition around, if there is one. */
  readonly nestedPath: string | undefined;
  /** The full names of the arrays that conditions around run through, by the ids of their elements. */
  readonly arrays?: ReadonlyMap<number, string>;
}

/** A field as a condition finds it. */
export interface FoundField {
  /** Undefined when nothing is known about it. */
  readonly field: Field | undefined;
  /** Where its values stand, seen from the nested object if the condition is inside one. */
  readonly valuePath: string;
  /** True for a field that nothing knows and whose author allows for that. */
  readonly isUnmapped: boolean;
}

/** Looks a field up and reports what is to be said about it; undefined when no condition on it can ever hold. */
export function findField(reference: NamedField, scope: CheckScope): FoundField | undefined {
  const last = lastFound.get(scope);
  if (last?.reference === reference) return last.found;
  const found =
    scope.fieldValues === "unmapped" ? findUnmapped(reference, scope) : findMapped(reference, scope);
  lastFound.set(scope, { reference, found });
  return found;
}

/** A list of a million values refers to its field once, and each of them asks for it. */
const lastFound = new WeakMap<
  CheckScope,
  { readonly reference: NamedField; readonly found: FoundField | undefined }
>();

/** The name of a field as the catalogue has it: a field of an element stands below its array. */
export function fullPath({ path, of }: NamedField, { arrays }: CheckScope): string {
  if (of?.kind !== "element") return path;
  const array = arrays?.get(of.id) ?? "";
  return path === "" ? array : `${array}.${path}`;
}

/** On an endpoint nothing is nested and no text is taken apart; what the catalogue has no whole values for has the type of its values. */
function findUnmapped(reference: NamedField, scope: CheckScope): FoundField {
  const { isOptional = false, of, path, span } = reference;
  const full = fullPath(reference, scope);
  const field = scope.catalogue.find(full);
  if (field === undefined) {
    if (!isOptional) reportUnknownField(full, span, scope);
    return { field, valuePath: path === "" ? itself : path, isUnmapped: isOptional };
  }
  const { valuePath } = field;
  const array = of?.kind === "element" ? scope.arrays?.get(of.id) : undefined;
  return {
    field: isAnalysed(field.type) ? { ...field, type: "keyword" } : exactForm(field, scope.catalogue),
    valuePath: array === undefined ? valuePath : valuePath === array ? itself : below(valuePath, array),
    isUnmapped: false,
  };
}

function reportUnknownField(path: string, span: Diagnostic["span"], { catalogue, report }: CheckScope): void {
  const message = `'${path}' is in no field catalogue; its type is taken from the values of each event`;
  report(diagnostic("unknown-field", span, message, didYouMean(path, catalogue.names())));
}

function findMapped(
  { path, span, isOptional = false }: NamedField,
  scope: CheckScope,
): FoundField | undefined {
  const { catalogue, report } = scope;
  const field = catalogue.find(path);
  const nestedPath = field === undefined ? nestedAncestor(path, catalogue) : field.nestedPath;
  if (nestedPath !== undefined && !isWithin(scope.nestedPath, nestedPath)) {
    report(nestedField(path, nestedPath, span, scope));
    return undefined;
  }
  if (field === undefined) {
    if (!isOptional) reportUnknownField(path, span, scope);
    return { field, valuePath: below(path, scope.nestedPath), isUnmapped: isOptional };
  }
  const exact = scope.fieldValues === "exact" ? exactForm(field, catalogue) : field;
  if (exact === undefined) {
    const message = `'${path}' is of type ${field.type} and has no whole values to compare`;
    const hint = isAnalysed(field.type)
      ? "the text is only stored as words; KQL finds words"
      : field.type === "geo_point"
        ? undefined
        : "name a field inside it";
    report(diagnostic("unqueryable-field", span, message, hint));
    return undefined;
  }
  return { field: exact, valuePath: below(exact.valuePath, scope.nestedPath), isUnmapped: false };
}

function nestedField(
  path: string,
  nestedPath: string,
  span: Diagnostic["span"],
  scope: CheckScope,
): Diagnostic {
  if (scope.fieldValues === "exact") {
    return diagnostic(
      "unqueryable-field",
      span,
      `'${path}' is mapped as nested below '${nestedPath}', where EQL cannot look`,
    );
  }
  const hint = `write ${nestedPath}:{ … } with the rest of the name inside`;
  const message = `'${path}' is mapped as nested below '${nestedPath}': Elastic finds nothing in it from outside`;
  return diagnostic("nested-field", span, message, hint);
}

/** The field itself, or the multi-field that keeps its values whole. Values in their own case come before lower-cased ones. */
function exactForm(field: Field, catalogue: FieldCatalogue): Field | undefined {
  if (field.type === "object" || field.type === "nested" || field.type === "geo_point") return undefined;
  if (!isAnalysed(field.type)) return field;
  const forms = catalogue
    .multiFields(field.path)
    .map((part) => catalogue.find(`${field.path}.${part}`))
    .filter((form) => form !== undefined && !isAnalysed(form.type));
  return forms.find((form) => form?.lowercase === false) ?? forms[0];
}

/** The nearest nested field above a name that is itself unknown. */
function nestedAncestor(path: string, catalogue: FieldCatalogue): string | undefined {
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    const above = path.slice(0, dot);
    if (catalogue.find(above)?.type === "nested") return above;
  }
  return undefined;
}

/** A name as the nested object sees it; names outside of the object's path cannot be reached and stay as they are. */
export function below(path: string, nestedPath: string | undefined): string {
  return nestedPath !== undefined && path.startsWith(`${nestedPath}.`)
    ? path.slice(nestedPath.length + 1)
    : path;
}

function isWithin(inner: string | undefined, outer: string): boolean {
  return inner !== undefined && (inner === outer || inner.startsWith(`${outer}.`));
}
