import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";

/** The object that a text holds; undefined for anything else, such as a file that is being written. */
export function parseObject(text: string | undefined): JsonObject | undefined {
  const value = parse(text);
  return isJsonObject(value) ? value : undefined;
}

export function parseArray(text: string | undefined): readonly Json[] {
  const value = parse(text);
  return Array.isArray(value) ? value : [];
}

/** A text at a key; undefined where there is none or an empty one. */
export function textAt(object: JsonObject | undefined, key: string): string | undefined {
  const value = object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}

const nameLengthMax = 1024;

/** The same of a name, reference or id, which documents will carry: undefined where it is longer than any engine allows. */
export function nameAt(object: JsonObject | undefined, key: string): string | undefined {
  const text = textAt(object, key);
  return text === undefined || text.length > nameLengthMax ? undefined : text;
}

export function objectAt(object: JsonObject | undefined, key: string): JsonObject | undefined {
  const value = object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
  return isJsonObject(value) ? value : undefined;
}

function parse(text: string | undefined): Json | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
