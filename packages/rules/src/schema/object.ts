import { json, reportUnknown } from "./json-value.ts";
import { isTable, type Reader, type Table, text, wrongType } from "./reader.ts";
import type { Spot } from "./spot.ts";

/** A key of an object in rule files: how its value is read, and what holds when it is absent. */
export interface Key<out T> {
  readonly reader: Reader<T>;
  readonly presence: "required" | "optional" | "filled";
  /** What an absent key means. An optional key is absent when its value is null, a filled one also when it is empty text. */
  readonly fallback: T | undefined;
  /** What to do when a required key is missing. */
  readonly hint: string | undefined;
}

/** The keys of an object by name. */
export type Keys = Readonly<Record<string, Key<unknown>>>;

/** The values that reading those keys gives; none is left out. */
export type ValuesOf<K extends Keys> = { readonly [N in keyof K]: K[N] extends Key<infer T> ? T : never };

/** A key that must be there. */
export function required<T>(reader: Reader<T>, hint = `it must be ${reader.expects}`): Key<T> {
  return { reader, presence: "required", fallback: undefined, hint };
}

/** A key that may be absent. */
export function optional<T>(reader: Reader<T>): Key<T | undefined> {
  return { reader, presence: "optional", fallback: undefined, hint: undefined };
}

/** A key that means `fallback` when it is absent. */
export function withDefault<T>(reader: Reader<T>, fallback: T): Key<T> {
  return { reader, presence: "optional", fallback, hint: undefined };
}

/** The name of a field, which may be absent; forms leave it empty for that. */
export const optionalName: Key<string | undefined> = {
  reader: text,
  presence: "filled",
  fallback: undefined,
  hint: undefined,
};

/** An object with these keys; others are reported and not read. */
export function object<K extends Keys>(keys: K): Reader<ValuesOf<K>> {
  const names = Object.keys(keys);
  return {
    expects: "an object",
    read(value, spot) {
      if (!isTable(value)) return wrongType(this.expects, value, spot);
      for (const [name, unknown] of Object.entries(value)) {
        if (Object.hasOwn(keys, name)) continue;
        reportUnknown(spot.at(name), names);
        json.read(unknown, spot.at(name));
      }
      return readKeys(keys, value, spot);
    },
  };
}

/** Reads these keys of a table and pays no heed to others; undefined when something was wrong with one. */
export function readKeys<K extends Keys>(keys: K, table: Table, spot: Spot): ValuesOf<K> | undefined {
  const values: Record<string, unknown> = {};
  let isWhole = true;
  for (const [name, { reader, presence, fallback, hint }] of Object.entries(keys)) {
    const value = Object.hasOwn(table, name) ? table[name] : undefined;
    if (value === undefined && presence === "required") {
      reportMissing(spot, name, hint);
      isWhole = false;
    } else if (isAbsent(value, presence)) {
      values[name] = fallback;
    } else {
      const read = reader.read(value, spot.at(name));
      if (read === undefined) isWhole = false;
      values[name] = read;
    }
  }
  return isWhole ? (values as ValuesOf<K>) : undefined;
}

function isAbsent(value: unknown, presence: Key<unknown>["presence"]): boolean {
  return (
    value === undefined ||
    (value === null && presence !== "required") ||
    (value === "" && presence === "filled")
  );
}

/** Reports that an object lacks a key. */
export function reportMissing(spot: Spot, name: string, hint: string | undefined): void {
  spot.report("missing-key", `${capital(spot.name)} has no '${name}'`, () => hint);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
