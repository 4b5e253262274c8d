import { isJsonObject, type Json, type JsonObject } from "@tallyman/ecs";

// Reads members of what another program has written. Undefined for what is absent or of another type.

export function textIn(object: JsonObject | undefined, name: string): string | undefined {
  const value = object?.[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A whole number, also where it is written as text. */
export function wholeNumberIn(object: JsonObject | undefined, name: string): number | undefined {
  const value = object?.[name];
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : undefined;
  return typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** An id, such as a process's: what is negative or zero is none. */
export function idIn(object: JsonObject | undefined, name: string): number | undefined {
  const id = wholeNumberIn(object, name);
  return id !== undefined && id > 0 ? id : undefined;
}

export function objectIn(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value: Json | undefined = object?.[name];
  return isJsonObject(value) ? value : undefined;
}

export function listIn(object: JsonObject | undefined, name: string): readonly Json[] {
  const value = object?.[name];
  return Array.isArray(value) ? value : [];
}
