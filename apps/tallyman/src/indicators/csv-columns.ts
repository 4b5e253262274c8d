import { type JsonObject, parseTimestamp } from "@tallyman/ecs";
import { fieldsOf, merged } from "./indicator-fields.ts";
import { listedValue } from "./listed-value.ts";

/** What the columns of a CSV file mean, in their order. */
export interface CsvColumns {
  readonly roles: readonly ColumnRole[];
}

type ColumnRole =
  /** A value of some kind, which shows in it. */
  | { readonly kind: "value" }
  /** Text of a field of `threat.indicator`. */
  | { readonly kind: "text"; readonly field: string }
  /** Text of any field, by its whole name. */
  | { readonly kind: "field"; readonly path: string }
  | { readonly kind: "valid-until" }
  | { readonly kind: "unused" };

const valueNames = new Set([
  "value",
  "indicator",
  "indicator_value",
  "ioc",
  "ioc_value",
  "observable",
  "ip",
  "ip_address",
  "ipaddress",
  "dst_ip",
  "address",
  "domain",
  "hostname",
  "host",
  "url",
  "md5",
  "md5_hash",
  "sha1",
  "sha1_hash",
  "sha256",
  "sha256_hash",
  "hash",
  "email",
]);

const textFields: Readonly<Record<string, string>> = {
  id: "id",
  name: "name",
  description: "description",
  comment: "description",
  confidence: "confidence",
  provider: "provider",
  source: "provider",
  feed: "provider",
  reference: "reference",
  link: "reference",
};

const validUntilNames = new Set(["valid_until", "expires", "expires_at", "expiration", "expiration_date"]);

/** Reads the first line of a CSV file; undefined when no column holds values. */
export function readCsvHeader(names: readonly string[]): CsvColumns | undefined {
  const roles = names.map(roleOf);
  return roles.some(({ kind }) => kind === "value" || kind === "field") ? { roles } : undefined;
}

function roleOf(name: string): ColumnRole {
  const plain = name
    .trim()
    .replace(/^#\s*/, "")
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");
  if (/^[a-z@][\w@]*(\.[\w@]+)+$/.test(plain))
    return { kind: "field", path: name.trim().replace(/^#\s*/, "") };
  if (valueNames.has(plain)) return { kind: "value" };
  if (validUntilNames.has(plain)) return { kind: "valid-until" };
  const field = textFields[plain];
  return field === undefined ? { kind: "unused" } : { kind: "text", field };
}

/** The indicator on a line; a reason when there is none. */
export type CsvIndicator =
  | { readonly fields: JsonObject; readonly others: JsonObject; readonly validUntilMs: number | undefined }
  | { readonly problem: string };

/** Reads a line. The values of all its columns tell of one thing; empty ones say nothing. */
export function readCsvRow({ roles }: CsvColumns, cells: readonly string[]): CsvIndicator {
  let fields: JsonObject = {};
  const others: [string, string][] = [];
  let validUntilMs: number | undefined;
  let problem = "without a value";
  let isOfUse = false;
  for (const [i, role] of roles.entries()) {
    const cell = cells[i]?.trim() ?? "";
    if (cell === "") continue;
    switch (role.kind) {
      case "value": {
        const listed = listedValue(cell);
        if (listed.kind === undefined) ({ problem } = listed);
        else {
          fields = merged(fields, fieldsOf(listed.kind, listed.value));
          isOfUse = true;
        }
        break;
      }
      case "text":
        fields = { ...fields, [role.field]: cell };
        break;
      case "field":
        others.push([role.path, cell]);
        isOfUse = true;
        break;
      case "valid-until":
        validUntilMs = parseTimestamp(cell)?.ms;
        if (validUntilMs === undefined) return { problem: "with an end that is no time" };
        break;
      case "unused":
        break;
    }
  }
  return isOfUse ? { fields, others: Object.fromEntries(others), validUntilMs } : { problem };
}
