import {
  depthMax,
  type FieldCatalogue,
  type FieldType,
  isJsonObject,
  type Json,
  type JsonObject,
  parseIp,
  parseNumber,
  parseTimestamp,
} from "@tallyman/ecs";

/** The parts of an event that are not copied: what an earlier alert put there. */
const dropped = new Set(["kibana", "signal", "threshold_result"]);

/**
 * The event's fields as an alert carries them: without an earlier alert's own fields, and without values that the type of their field
 * cannot hold, since a cluster would refuse the whole document for one of them. Array items are judged one by one; what is left empty
 * goes too. Fields of unknown type stay. Source: detection engine, "building the document".
 */
export function sourceFields(document: JsonObject, catalogue: FieldCatalogue): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [key, value] of Object.entries(document)) {
    if (dropped.has(key) || key.startsWith("kibana.") || key.startsWith("signal.")) continue;
    const clean = keep(value, key, catalogue, 1);
    if (clean !== undefined) define(kept, key, clean);
  }
  return kept;
}

function keep(
  value: Json | undefined,
  path: string,
  catalogue: FieldCatalogue,
  depth: number,
): Json | undefined {
  if (value === undefined || depth > depthMax) return undefined;
  if (value === null) return null;
  if (Array.isArray(value)) {
    const items = value
      .map((item) => keep(item, path, catalogue, depth + 1))
      .filter((item) => item !== undefined);
    return items.length === 0 && value.length > 0 ? undefined : items;
  }
  const type = catalogue.find(path)?.type;
  if (!isJsonObject(value)) return type === undefined || holds(type, value) ? value : undefined;
  if (type !== undefined && !takesObject(type)) return undefined;
  const kept: Record<string, Json> = {};
  const entries = Object.entries(value);
  for (const [key, inner] of entries) {
    const clean = keep(inner, `${path}.${key}`, catalogue, depth + 1);
    if (clean !== undefined) define(kept, key, clean);
  }
  return entries.length > 0 && Object.keys(kept).length === 0 ? undefined : kept;
}

/** Assigning to `__proto__` would set the prototype and lose the field. */
function define(object: Record<string, Json>, key: string, value: Json): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function takesObject(type: FieldType): boolean {
  return type === "object" || type === "nested" || type === "flattened" || type === "geo_point";
}

function holds(type: FieldType, value: Json): boolean {
  switch (type) {
    case "long":
    case "double":
      return typeof value === "number" || (typeof value === "string" && parseNumber(value) !== undefined);
    case "boolean":
      return typeof value === "boolean" || value === "true" || value === "false" || value === "";
    case "ip":
      return typeof value === "string" && parseIp(value) !== undefined;
    case "date":
      return parseTimestamp(value) !== undefined;
    case "object":
    case "nested":
      return false;
    default:
      return true;
  }
}
