import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import { type Reading, type Readings, readScalar, type Scalar } from "./reading.ts";

/**
 * A field under one reading, as a small number. A set of programs resolves each of its fields once, at compile time, and asks
 * every event by number; programs never learn how the event finds the values.
 */
export type Slot<R extends Reading = Reading> = number & { readonly reading?: R };

/** What a program sees of an event. */
export interface EventView {
  /** The values of a field, arrays flattened, nulls and values of the wrong type left out; empty when it has none. */
  values<R extends Reading>(slot: Slot<R>): readonly Readings[R][];
  /** True when the field has any value, or is an object in which something has one. */
  exists(slot: Slot): boolean;
  /** The objects that stand at a path, each as an event of its own whose fields are named from there. */
  nested(path: string, slots: FieldSlots): readonly EventView[];
  /** The dotted names of all fields that hold a scalar, each once, without array positions. */
  leafPaths(): readonly string[];
  /** The values of a field that was not known at compile time; costs more than a slot. */
  read<R extends Reading>(path: string, reading: R): readonly Readings[R][];
}

/** Deeper than any document that Elasticsearch takes (20 levels); what lies below is not looked at. */
export const depthMax = 64;

/** The table from fields to slots that a set of programs shares. */
export class FieldSlots {
  readonly #numbers = new Map<string, number>();
  readonly #lookups: Lookup[] = [];
  readonly #readings: Reading[] = [];

  get size(): number {
    return this.#lookups.length;
  }

  /** The slot of a field under a reading; the same arguments give the same slot. */
  slot<R extends Reading>(path: string, reading: R): Slot<R> {
    const key = `${reading} ${path}`;
    let slot = this.#numbers.get(key);
    if (slot === undefined) {
      slot = this.#lookups.length;
      this.#numbers.set(key, slot);
      this.#lookups.push(lookupOf(path));
      this.#readings.push(reading);
    }
    return slot;
  }

  lookup(slot: Slot): Lookup {
    return this.#lookups[slot] as Lookup;
  }

  reading(slot: Slot): Reading {
    return this.#readings[slot] as Reading;
  }
}

/** An event parsed whole by `JSON.parse`: the simple implementation, against which faster ones are checked. */
export class ParsedEvent implements EventView {
  readonly document: JsonObject;
  readonly #slots: FieldSlots;
  readonly #values: (readonly unknown[] | undefined)[] = [];

  constructor(document: JsonObject, slots: FieldSlots) {
    this.document = document;
    this.#slots = slots;
  }

  values<R extends Reading>(slot: Slot<R>): readonly Readings[R][] {
    let values = this.#values[slot];
    if (values === undefined) {
      values = collect(this.document, this.#slots.lookup(slot), this.#slots.reading(slot));
      this.#values[slot] = values;
    }
    return values as readonly Readings[R][];
  }

  exists(slot: Slot): boolean {
    return someAt(this.document, this.#slots.lookup(slot), 0, holdsScalar);
  }

  nested(path: string, slots: FieldSlots): readonly EventView[] {
    const objects: EventView[] = [];
    someAt(this.document, lookupOf(path), 0, (value) => {
      addObjects(value, objects, slots, 0);
      return false;
    });
    return objects;
  }

  leafPaths(): readonly string[] {
    const paths = new Set<string>();
    addLeafPaths(this.document, "", paths, 0);
    return [...paths];
  }

  read<R extends Reading>(path: string, reading: R): readonly Readings[R][] {
    return collect(this.document, lookupOf(path), reading) as readonly Readings[R][];
  }
}

/** The first scalar at a dotted path of a document, under a reading; undefined when there is none. */
export function readFirst<R extends Reading>(
  document: JsonObject,
  path: string,
  reading: R,
): Readings[R] | undefined {
  return collect(document, lookupOf(path), reading)[0] as Readings[R] | undefined;
}

/** All scalars at a dotted path of a document, under a reading. */
export function readAll<R extends Reading>(
  document: JsonObject,
  path: string,
  reading: R,
): readonly Readings[R][] {
  return collect(document, lookupOf(path), reading) as readonly Readings[R][];
}

/**
 * How to find a path in a document. A document may write `a.b.c` as `{"a":{"b":{"c":1}}}`, `{"a.b":{"c":1}}` or `{"a.b.c":1}`,
 * and mix them, so at each step every run of name parts from there on is a key to try: `keys[i][j]` is parts i to i+j.
 */
interface Lookup {
  readonly keys: readonly (readonly string[])[];
}

function lookupOf(path: string): Lookup {
  const parts = path.split(".");
  return {
    keys: parts.map((_, from) =>
      parts.slice(from).map((_, length) => parts.slice(from, from + length + 1).join(".")),
    ),
  };
}

const none: readonly never[] = [];

function collect(document: JsonObject, lookup: Lookup, reading: Reading): readonly unknown[] {
  let values: unknown[] | undefined;
  const read = readScalar[reading] as (value: Scalar) => unknown;
  const add = (value: Scalar): void => {
    const typed = read(value);
    if (typed === undefined) return;
    if (values === undefined) values = [typed];
    else values.push(typed);
  };
  someAt(document, lookup, 0, (value) => {
    eachScalar(value, add, 0);
    return false;
  });
  return values ?? none;
}

/** Calls `test` with each non-null value at the path below an object, until one call returns true. */
function someAt(object: JsonObject, lookup: Lookup, from: number, test: (value: Json) => boolean): boolean {
  const keys = lookup.keys[from] as readonly string[];
  for (let length = 0; length < keys.length; length++) {
    const key = keys[length] as string;
    if (!Object.hasOwn(object, key)) continue;
    const value = object[key];
    if (value === null || value === undefined) continue;
    if (length === keys.length - 1) {
      if (test(value)) return true;
    } else if (someBelow(value, lookup, from + length + 1, test, 0)) return true;
  }
  return false;
}

/** The same for what may be an object or arrays of objects. */
function someBelow(
  value: Json,
  lookup: Lookup,
  from: number,
  test: (value: Json) => boolean,
  depth: number,
): boolean {
  if (Array.isArray(value)) {
    return depth < depthMax && value.some((item) => someBelow(item, lookup, from, test, depth + 1));
  }
  return isJsonObject(value) && someAt(value, lookup, from, test);
}

function eachScalar(value: Json, add: (value: Scalar) => void, depth: number): void {
  if (Array.isArray(value)) {
    if (depth < depthMax) for (const item of value) eachScalar(item, add, depth + 1);
  } else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") add(value);
}

function holdsScalar(value: Json | undefined, depth = 0): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value !== "object") return true;
  if (depth >= depthMax) return false;
  const items = Array.isArray(value) ? value : Object.values(value);
  return items.some((item) => holdsScalar(item, depth + 1));
}

function addObjects(value: Json, objects: EventView[], slots: FieldSlots, depth: number): void {
  if (Array.isArray(value)) {
    if (depth < depthMax) for (const item of value) addObjects(item, objects, slots, depth + 1);
  } else if (isJsonObject(value)) objects.push(new ParsedEvent(value, slots));
}

function addLeafPaths(value: Json | undefined, path: string, paths: Set<string>, depth: number): void {
  if (value === null || value === undefined || depth > depthMax) return;
  if (Array.isArray(value)) {
    for (const item of value) addLeafPaths(item, path, paths, depth + 1);
  } else if (isJsonObject(value)) {
    for (const key of Object.keys(value))
      addLeafPaths(value[key], path === "" ? key : `${path}.${key}`, paths, depth + 1);
  } else if (path !== "") paths.add(path);
}
