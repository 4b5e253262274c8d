import type { Json, JsonObject } from "@tallyman/ecs";

/** The kinds of values that feeds bring, with STIX's names for them; each has its fields in `threat.indicator`. */
export type ValueKind =
  | "ipv4-addr"
  | "ipv6-addr"
  | "domain-name"
  | "url"
  | "email-addr"
  | "windows-registry-key"
  | HashKind
  | "file-name";

export type HashKind = "md5" | "sha1" | "sha256" | "sha512";

/** The fields of an indicator with one value, as Elastic's feeds write them. */
export function fieldsOf(kind: ValueKind, value: string): JsonObject {
  switch (kind) {
    case "ipv4-addr":
    case "ipv6-addr":
      return { type: kind, ip: value };
    case "domain-name":
      return { type: kind, url: { domain: value } };
    case "url":
      return { type: kind, url: { full: value, original: value } };
    case "email-addr":
      return { type: kind, email: { address: value } };
    case "windows-registry-key":
      return { type: kind, registry: { path: value } };
    case "file-name":
      return { type: "file", file: { name: value } };
    default:
      return { type: "file", file: { hash: { [kind]: value } } };
  }
}

/** What indicators of a file share that are not yet in the Elastic Common Schema: by these fields rules know an indicator. */
export const commonFields: JsonObject = {
  event: { kind: "enrichment", category: ["threat"], type: ["indicator"], module: "threatintel" },
};

/** Two objects as one; where both have a value that is no object, the values stand side by side. */
export function merged(a: JsonObject, b: JsonObject): JsonObject {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries(Array.from(names, (name) => [name, mergedValue(a[name], b[name])]));
}

function mergedValue(a: Json | undefined, b: Json | undefined): Json | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (isObject(a) && isObject(b)) return merged(a, b);
  const values = [...new Set([a, b].flat() as Json[])];
  return values.length === 1 ? values[0] : values;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
