import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";

/** A document with what Elasticsearch knows of it. */
export interface StoredDocument {
  readonly document: JsonObject;
  readonly index: string | undefined;
  readonly id: string | undefined;
}

/** What a line of a bulk request does. The document of `index` and `create` follows in the next line, and that of `update` too. */
export interface BulkAction {
  readonly name: "index" | "create" | "update" | "delete";
  readonly index: string | undefined;
  readonly id: string | undefined;
}

/**
 * The document in a search hit, which is also what exports have on each line: `{"_index":…,"_id":…,"_source":{…}}`. Undefined for
 * anything else: `_source` is no name that a document may use, and beside it a hit has only names of its own.
 */
export function unwrapHit(value: JsonObject): StoredDocument | undefined {
  const document = value["_source"];
  if (!isJsonObject(document)) return undefined;
  if (!Object.keys(value).every((key) => key.startsWith("_") || hitKeys.has(key))) return undefined;
  return { document, index: text(value["_index"]), id: text(value["_id"]) };
}

/** The hits of a search response; undefined for anything else. */
export function searchHits(value: JsonObject): readonly Json[] | undefined {
  const outer = value["hits"];
  if (!isJsonObject(outer)) return undefined;
  const hits = outer["hits"];
  return Array.isArray(hits) ? hits : undefined;
}

/**
 * The action that a line of a bulk request stands for: an object with nothing but `index`, `create`, `update` or `delete`, and in it
 * nothing but what such an action may say. Undefined for anything else, such as a document that has a field of that name.
 */
export function bulkAction(value: JsonObject): BulkAction | undefined {
  for (const name of bulkNames) {
    const meta = value[name];
    if (meta === undefined) continue;
    if (!isJsonObject(meta) || Object.keys(value).length > 1) return undefined;
    if (!Object.keys(meta).every((key) => bulkKeys.has(key))) return undefined;
    return { name, index: text(meta["_index"]), id: text(meta["_id"]) };
  }
  return undefined;
}

/** Names in a hit, or in the answer to a request for one document, that do not begin with an underscore. */
const hitKeys: ReadonlySet<string> = new Set([
  "fields",
  "found",
  "highlight",
  "ignored_field_values",
  "inner_hits",
  "matched_queries",
  "sort",
]);

const bulkNames = ["index", "create", "update", "delete"] as const;

const bulkKeys: ReadonlySet<string> = new Set([
  "_id",
  "_index",
  "_routing",
  "_type",
  "_version",
  "_version_type",
  "dynamic_templates",
  "if_primary_term",
  "if_seq_no",
  "list_executed_pipelines",
  "pipeline",
  "require_alias",
  "require_data_stream",
  "retry_on_conflict",
  "routing",
  "version",
  "version_type",
]);

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
