import { depthMax, formatTimestamp, isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";

/**
 * A record of an anomaly in the Elastic Common Schema: the values of its influencers, and of the field that it is about, stand under the names of their
 * fields. Source: detection engine, rule type machine_learning.
 */
export function anomalyDocument(record: JsonObject, timeMs: number): JsonObject {
  const fields = influencersOf(record);
  const names = new Set(fields.map(([name]) => name));
  let document: JsonObject = Object.fromEntries(Object.entries(record).filter(([key]) => !names.has(key)));
  for (const [name, values] of fields) document = withField(document, name.split("."), values);
  return { ...document, "@timestamp": formatTimestamp(timeMs) };
}

function influencersOf(record: JsonObject): readonly (readonly [name: string, values: Json])[] {
  const fields: [string, Json][] = [];
  const { by_field_name: name, by_field_value: value, influencers } = record;
  for (const each of Array.isArray(influencers) ? (influencers as readonly Json[]) : []) {
    if (!isJsonObject(each)) continue;
    const { influencer_field_name: field, influencer_field_values: values } = each;
    if (isName(field) && values !== undefined) fields.push([field, values]);
  }
  if (isName(name) && value !== undefined && value !== null) fields.push([name, [value]]);
  return fields;
}

function isName(name: Json | undefined): name is string {
  return typeof name === "string" && name !== "" && name.split(".").length <= depthMax;
}

function withField(object: JsonObject, path: readonly string[], value: Json): JsonObject {
  const [first = "", ...rest] = path;
  if (rest.length === 0) return { ...object, [first]: value };
  const below = Object.hasOwn(object, first) ? object[first] : undefined;
  return { ...object, [first]: withField(isJsonObject(below) ? below : {}, rest, value) };
}
