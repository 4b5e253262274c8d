import type { Json } from "@tallyman/ecs";

// Tests of the form of saved state.

export type Field = Json | undefined;

export function isArrayOf(value: Field, isItem: (item: Field) => boolean): value is readonly Json[] {
  return Array.isArray(value) && value.every(isItem);
}

/** True for a whole number from 0 up to a count, exclusive. */
export function isIndex(value: Field, count: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < count;
}

export function isNumber(value: Field): value is number {
  return typeof value === "number";
}

export function isNumberOrNull(value: Field): boolean {
  return value === null || isNumber(value);
}
