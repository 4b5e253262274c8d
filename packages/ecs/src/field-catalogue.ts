import type { FieldType } from "./field-type.ts";

/** How text is cut into tokens: Lucene's standard rules, or the pattern that PowerShell script blocks are mapped with. */
export type Analyzer = "standard" | "powershell";

/** What is known about one field name. */
export interface Field {
  /** The name as rules write it, for example `process.name.caseless`. */
  readonly path: string;
  /** Where its values stand in a document: `process.name` for the multi-field `process.name.caseless`. */
  readonly valuePath: string;
  readonly type: FieldType;
  /** True when values are lower-cased before they are compared, as in `.caseless` multi-fields. */
  readonly lowercase: boolean;
  readonly analyzer: Analyzer;
  /** True when ECS says that the field holds several values. Any field may, in any event. */
  readonly isArray: boolean;
  /** The nearest ancestor that is mapped as `nested`, if there is one. */
  readonly nestedPath: string | undefined;
}

/** Answers what a field name means. Names that it does not know take their type from the values of each event. */
export interface FieldCatalogue {
  /** The field of that name, multi-fields and the keys below a `flattened` field included; undefined when unknown. */
  find(path: string): Field | undefined;
  /** The last name parts of a field's multi-fields, for example `["text", "caseless"]`; empty when it has none. */
  multiFields(path: string): readonly string[];
  /** Every name that the catalogue lists, multi-fields included, in no particular order. For "did you mean". */
  names(): readonly string[];
  /**
   * The same catalogue with some types laid over it. A name below a laid-over field that holds values is a multi-field of that
   * field; `text` without one has a `keyword`, as where Elasticsearch maps text by itself. A field that is `flattened` takes
   * the place of the fields below it. What is no field's name is left out.
   */
  with(types: Readonly<Record<string, FieldType>>): FieldCatalogue;
}
