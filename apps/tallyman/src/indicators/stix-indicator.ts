import { type Json, type JsonObject, parseTimestamp } from "@tallyman/ecs";
import { fieldsOf, merged, type ValueKind } from "./indicator-fields.ts";
import { parseStixPattern, type StixComparison } from "./stix-pattern.ts";

/** What a STIX object says; a reason when it is an indicator that cannot be used, and neither when it is something else. */
export interface ReadStixObject {
  readonly indicator?: { readonly fields: JsonObject; readonly id?: string; readonly validUntilMs?: number };
  readonly problem?: string;
}

/** Reads an object of STIX 2.1; those of other types than `indicator` say nothing that events could be compared with. */
export function readStixObject(object: JsonObject): ReadStixObject {
  if (object["type"] !== "indicator") return {};
  const { pattern, pattern_type } = object;
  if (object["revoked"] === true) return { problem: "revoked by its author" };
  if (typeof pattern !== "string" || (pattern_type !== undefined && pattern_type !== "stix"))
    return { problem: "a pattern in another language than STIX" };
  const comparisons = parseStixPattern(pattern);
  if (comparisons === undefined)
    return { problem: "a STIX pattern that says more than values that are equal" };
  const values = comparisons.map(fieldsOfComparison);
  const known = values.filter((fields) => fields !== undefined);
  if (known.length < values.length || known.length === 0)
    return { problem: "a STIX pattern about objects that are not looked at" };
  const id = textOf(object["id"]);
  const validUntilMs = parseTimestamp(object["valid_until"])?.ms;
  return {
    indicator: {
      fields: { ...known.reduce(merged), ...describing(object) },
      ...(id === undefined ? {} : { id }),
      ...(validUntilMs === undefined ? {} : { validUntilMs }),
    },
  };
}

function fieldsOfComparison({ object, path, value }: StixComparison): JsonObject | undefined {
  const kind = kindOf(object, path.toLowerCase());
  return kind && fieldsOf(kind, isHash(kind) ? value.toLowerCase() : value);
}

function kindOf(object: string, path: string): ValueKind | undefined {
  switch (object) {
    case "ipv4-addr":
    case "ipv6-addr":
    case "domain-name":
    case "url":
    case "email-addr":
      return path === "value" ? object : undefined;
    case "windows-registry-key":
      return path === "key" ? object : undefined;
    case "file":
      return path === "name" ? "file-name" : hashPaths[path];
    default:
      return undefined;
  }
}

const hashPaths: Readonly<Record<string, ValueKind>> = {
  "hashes.md5": "md5",
  "hashes.sha-1": "sha1",
  "hashes.sha1": "sha1",
  "hashes.sha-256": "sha256",
  "hashes.sha256": "sha256",
  "hashes.sha-512": "sha512",
  "hashes.sha512": "sha512",
};

function isHash(kind: ValueKind): boolean {
  return kind === "md5" || kind === "sha1" || kind === "sha256" || kind === "sha512";
}

function describing(object: JsonObject): JsonObject {
  const described: [string, Json | undefined][] = [
    ["id", textOf(object["id"])],
    ["name", textOf(object["name"])],
    ["description", textOf(object["description"])],
    ["confidence", confidenceOf(object["confidence"])],
    ["first_seen", textOf(object["valid_from"])],
    ["modified_at", textOf(object["modified"])],
  ];
  return Object.fromEntries(described.filter(([, value]) => value !== undefined));
}

/** STIX counts to 100, the Elastic Common Schema has four words. Source: STIX 2.1, appendix A, "None / Low / Med / High". */
function confidenceOf(value: Json | undefined): string | undefined {
  if (typeof value !== "number") return undefined;
  return value <= 0 ? "None" : value < 30 ? "Low" : value < 70 ? "Medium" : "High";
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
