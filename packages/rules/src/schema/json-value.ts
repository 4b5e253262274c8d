import type { Json, JsonObject } from "@tallyman/ecs";
import { didYouMean } from "@tallyman/languages";
import { depthMax } from "../limits.ts";
import { isTable, type Reader, wrongType } from "./reader.ts";
import { quoted, type Spot } from "./spot.ts";

/** Any value that JSON has a form for; dates become their text. Reports `nested-too-deeply` and `wrong-type`. */
export const json: Reader<Json> = {
  expects: "something that JSON can hold",
  read: (value, spot) => (isJsonable(value, 0, spot) ? toJson(value) : undefined),
};

/** An object of such values. */
export const jsonObject: Reader<JsonObject> = {
  expects: "an object",
  read(value, spot) {
    if (!isTable(value)) return wrongType(this.expects, value, spot);
    return isJsonable(value, 0, spot) ? (toJson(value) as JsonObject) : undefined;
  },
};

/** An object of such values that has a meaning for these keys; others are reported, and kept. */
export function jsonObjectWith(names: readonly string[]): Reader<JsonObject> {
  return {
    expects: jsonObject.expects,
    read(value, spot) {
      if (isTable(value)) {
        for (const name of Object.keys(value)) if (!names.includes(name)) reportUnknown(spot.at(name), names);
      }
      return jsonObject.read(value, spot);
    },
  };
}

/** Reports a key that means nothing where it stands. */
export function reportUnknown(spot: Spot, known: readonly string[]): void {
  spot.reportKey("unknown-key", `Unknown key ${quoted(spot.key)}`, () => didYouMean(spot.key, known));
}

/** A copy that is plain JSON, of a value that was read before and has nothing in it that JSON has no form for. */
export function toJson(value: unknown): Json {
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Date) return value.toISOString();
  if (!isTable(value)) return value as Json;
  // Unlike an assignment, fromEntries makes an ordinary key of `__proto__`.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
}

function isJsonable(value: unknown, depth: number, spot: Spot): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number" && Number.isFinite(value)) return true;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return true;
  const isList = Array.isArray(value);
  if (!isList && !isTable(value)) return wrongType(json.expects, value, spot) ?? false;
  if (depth >= depthMax) {
    spot.report("nested-too-deeply", `${spot.name} is nested more than ${depthMax} deep`);
    return false;
  }
  let isGood = true;
  for (const [key, item] of isList ? value.entries() : Object.entries(value)) {
    if (!isJsonable(item, depth + 1, spot.at(key))) isGood = false;
  }
  return isGood;
}
