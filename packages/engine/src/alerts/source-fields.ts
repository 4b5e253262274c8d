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

/** Names that are remembered with their types; an attacker may choose ever new ones. */
const namesRememberedMax = 20_000;

/** Copies the fields of events, as far as their types allow. */
export class SourceFields {
  readonly #catalogue: FieldCatalogue;
  readonly #top: FieldName;
  #remembered = 0;

  constructor(catalogue: FieldCatalogue) {
    this.#catalogue = catalogue;
    this.#top = { path: "", type: undefined, below: new Map() };
  }

  /**
   * The event's fields as an alert carries them: without an earlier alert's own fields, and without values that the type of their field
   * cannot hold, since a cluster would refuse the whole document for one of them. Array items are judged one by one; what is left empty
   * goes too. Fields of unknown type stay. Source: detection engine, "building the document".
   */
  of(document: JsonObject): JsonObject {
    const kept: Record<string, Json> = {};
    for (const key of Object.keys(document)) {
      if (dropped.has(key) || key.startsWith("kibana.") || key.startsWith("signal.")) continue;
      const clean = this.#keep(document[key], this.#below(this.#top, key), 1);
      if (clean !== undefined) define(kept, key, clean);
    }
    return kept;
  }

  /** What of a value may stay: mostly the value itself. */
  #keep(value: Json | undefined, name: FieldName, depth: number): Json | undefined {
    if (value === undefined || depth > depthMax) return undefined;
    if (value === null) return null;
    if (Array.isArray(value)) return this.#keepItems(value, name, depth);
    const { type } = name;
    if (!isJsonObject(value)) return type === undefined || holds(type, value) ? value : undefined;
    if (type !== undefined && !takesObject(type)) return undefined;
    return this.#keepObject(value, name, depth);
  }

  #keepItems(items: readonly Json[], name: FieldName, depth: number): Json | undefined {
    const kept = items.map((item) => this.#keep(item, name, depth + 1));
    if (kept.every((item, i) => item === items[i])) return items;
    const left = kept.filter((item) => item !== undefined);
    return left.length === 0 ? undefined : left;
  }

  #keepObject(object: JsonObject, name: FieldName, depth: number): Json | undefined {
    const keys = Object.keys(object);
    let kept: Record<string, Json> | undefined;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      const value = object[key];
      const clean = this.#keep(value, this.#below(name, key), depth + 1);
      if (kept === undefined) {
        if (clean === value) continue;
        kept = {};
        for (const before of keys.slice(0, i)) define(kept, before, object[before] as Json);
      }
      if (clean !== undefined) define(kept, key, clean);
    }
    if (kept === undefined) return object;
    return Object.keys(kept).length === 0 ? undefined : kept;
  }

  #below(name: FieldName, key: string): FieldName {
    const known = name.below.get(key);
    if (known !== undefined) return known;
    const path = name === this.#top ? key : `${name.path}.${key}`;
    const found = { path, type: this.#catalogue.find(path)?.type, below: new Map() };
    if (this.#remembered < namesRememberedMax) {
      this.#remembered += 1;
      name.below.set(key, found);
    }
    return found;
  }
}

/** A name as far as a document has spelled it, and the names below it that have been met. */
interface FieldName {
  readonly path: string;
  readonly type: FieldType | undefined;
  readonly below: Map<string, FieldName>;
}

/** Assigning to `__proto__` would set the prototype and lose the field. */
function define(object: Record<string, Json>, key: string, value: Json): void {
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
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
