import { isFieldPath } from "./field-path.ts";
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
  /**
   * The elements of the array at a path, in their order: objects as `nested` gives them, and scalars as events that have no field but `itself`.
   * What is no array is one of a single element.
   */
  elements(path: string, slots: FieldSlots): readonly EventView[];
  /** The dotted names of all fields that hold a scalar, each once, without array positions, in no particular order. */
  leafPaths(): readonly string[];
  /**
   * Which of 32 names of the table, from this one on, the document has at its top, as keys or as the front of dotted ones: a bit for each, set
   * also where the value is null.
   */
  topNames(from: number): number;
  /** The values of a field that was not known at compile time. The first call costs as much as looking at the whole event. */
  read<R extends Reading>(path: string, reading: R): readonly Readings[R][];
}

/**
 * How many objects and arrays may stand around a value for it to be looked at, the document included: more than in any document
 * that Elasticsearch takes (20 levels). No field has more name parts either.
 */
export const depthMax = 64;

/** The name under which an element of an array stands for itself. It is no field's name: no event has values there. */
export const itself = "..";

/** The table from fields to slots that a set of programs shares. */
export class FieldSlots {
  readonly #numbers = new Map<string, number>();
  readonly #lookups: Lookup[] = [];
  readonly #readings: Reading[] = [];
  readonly #topNames = new Map<string, number>();

  /** The place of a name among the first parts of all fields' names, each counted once; undefined when no field begins with it. */
  topNameNumber(name: string): number | undefined {
    return this.#topNames.get(name);
  }

  get topNameCount(): number {
    return this.#topNames.size;
  }

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
      const lookup = lookupOf(path);
      this.#lookups.push(lookup);
      this.#readings.push(reading);
      const name = lookup.keys[0]?.[0];
      if (name !== undefined && !this.#topNames.has(name)) this.#topNames.set(name, this.#topNames.size);
    }
    return slot;
  }

  lookup(slot: Slot): Lookup {
    return this.#lookups[slot] as Lookup;
  }

  /** The names of all fields so far, each once. */
  paths(): readonly string[] {
    return [...new Set(this.#lookups.flatMap(({ keys }) => keys[0]?.at(-1) ?? []))];
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
  readonly #exists: (boolean | undefined)[] = [];
  #leaves: ReadonlyMap<string, readonly Scalar[]> | undefined;
  #top: Int32Array | undefined;

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
    let exists = this.#exists[slot];
    if (exists === undefined) {
      const lookup = this.#slots.lookup(slot);
      exists =
        lookup === ofItself
          ? holdsScalar(this.document, 0)
          : someObject(this.document, lookup, 0, 0, holdsScalarAt);
      this.#exists[slot] = exists;
    }
    return exists;
  }

  nested(path: string, slots: FieldSlots): readonly EventView[] {
    const objects: EventView[] = [];
    someObject(this.document, lookupOf(path), 0, 0, (object, name, depth) => {
      addObjects(valueAt(object, name), objects, slots, depth + 1);
      return false;
    });
    return objects;
  }

  elements(path: string, slots: FieldSlots): readonly EventView[] {
    const elements: EventView[] = [];
    someObject(this.document, lookupOf(path), 0, 0, (object, name, depth) => {
      addElements(valueAt(object, name), elements, slots, depth + 1);
      return false;
    });
    return elements;
  }

  topNames(from: number): number {
    this.#top ??= topNamesOf(this.document, this.#slots);
    return this.#top[from >> 5] ?? 0;
  }

  leafPaths(): readonly string[] {
    return [...this.#allLeaves().keys()];
  }

  read<R extends Reading>(path: string, reading: R): readonly Readings[R][] {
    const read = readScalar[reading];
    return (this.#allLeaves().get(path) ?? none).map(read).filter((value) => value !== undefined);
  }

  // Events choose their own names: one walk for all of them is the only way to read those in time proportional to the event.
  #allLeaves(): ReadonlyMap<string, readonly Scalar[]> {
    if (this.#leaves === undefined) {
      const leaves = new Map<string, Scalar[]>();
      addLeaves(this.document, "", leaves, 0);
      this.#leaves = leaves;
    }
    return this.#leaves;
  }
}

/** An element of an array that is a scalar. */
class ScalarElement implements EventView {
  readonly #value: Scalar;
  readonly #slots: FieldSlots;

  constructor(value: Scalar, slots: FieldSlots) {
    this.#value = value;
    this.#slots = slots;
  }

  values<R extends Reading>(slot: Slot<R>): readonly Readings[R][] {
    if (this.#slots.lookup(slot) !== ofItself) return none;
    const value = readScalar[this.#slots.reading(slot)](this.#value);
    return value === undefined ? none : [value as Readings[R]];
  }

  exists(slot: Slot): boolean {
    return this.#slots.lookup(slot) === ofItself;
  }

  nested(): readonly EventView[] {
    return none;
  }

  elements(): readonly EventView[] {
    return none;
  }

  leafPaths(): readonly string[] {
    return none;
  }

  topNames(): number {
    return 0;
  }

  read(): readonly never[] {
    return none;
  }
}

function topNamesOf(document: JsonObject, slots: FieldSlots): Int32Array {
  const words = new Int32Array((slots.topNameCount >> 5) + 1);
  for (const key of Object.keys(document)) {
    const number = slots.topNameNumber(firstPart(key));
    if (number !== undefined) words[number >> 5] = (words[number >> 5] as number) | (1 << (number & 31));
  }
  return words;
}

function firstPart(path: string): string {
  const dot = path.indexOf(".");
  return dot < 0 ? path : path.slice(0, dot);
}

/** The first scalar at a dotted path of a document, under a reading; undefined when there is none. */
export function readFirst<R extends Reading>(
  document: JsonObject,
  path: string,
  reading: R,
): Readings[R] | undefined {
  return collect(document, usualLookup(path), reading)[0] as Readings[R] | undefined;
}

/** All scalars at a dotted path of a document, under a reading. */
export function readAll<R extends Reading>(
  document: JsonObject,
  path: string,
  reading: R,
): readonly Readings[R][] {
  return collect(document, usualLookup(path), reading) as readonly Readings[R][];
}

/**
 * How to find a path in a document. A document may write `a.b.c` as `{"a":{"b":{"c":1}}}`, `{"a.b":{"c":1}}` or `{"a.b.c":1}`,
 * and mix them, so at each step every run of name parts from there on is a key to try: `keys[i][j]` is parts i to i+j.
 */
export interface Lookup {
  readonly keys: readonly (readonly string[])[];
}

function lookupOf(path: string): Lookup {
  if (path === itself) return ofItself;
  const parts = isFieldPath(path) ? path.split(".") : [];
  if (parts.length > depthMax) return nowhere;
  return {
    keys: parts.map((_, from) =>
      parts.slice(from).map((_, length) => parts.slice(from, from + length + 1).join(".")),
    ),
  };
}

/** So many paths are remembered with their lookups: who reads a document by path mostly asks for few again and again. */
const lookupsMax = 1000;
const lookups = new Map<string, Lookup>();

function usualLookup(path: string): Lookup {
  let lookup = lookups.get(path);
  if (lookup === undefined) {
    lookup = lookupOf(path);
    if (lookups.size < lookupsMax) lookups.set(path, lookup);
  }
  return lookup;
}

/** Of what is no name: finds nothing. */
const nowhere: Lookup = { keys: [] };
/** Of an element itself: it stands at no path. */
const ofItself: Lookup = { keys: [] };
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
  // As text an object reads as all the values in it, which is what a flattened field is; other fields of text are no objects.
  const intoObjects = reading === "keyword" || reading === "caseless";
  someObject(document, lookup, 0, 0, (object, name, depth) => {
    eachScalar(valueAt(object, name), intoObjects, add, depth + 1);
    return false;
  });
  return values ?? none;
}

// `depth` counts the objects and arrays around what a function is given.

/**
 * Calls `test` with each object on the way to a path, and what is left of the path's name there, until one call returns true.
 * An object is met at most once, because the names around it add up to one name only.
 */
function someObject(
  object: JsonObject,
  lookup: Lookup,
  from: number,
  depth: number,
  test: (object: JsonObject, name: string, depth: number) => boolean,
): boolean {
  const keys = lookup.keys[from];
  if (keys === undefined || depth >= depthMax) return false;
  const last = keys.length - 1;
  for (let length = 0; length < last; length++) {
    const value = valueAt(object, keys[length] as string);
    if (typeof value === "object" && someBelow(value, lookup, from + length + 1, depth + 1, test))
      return true;
  }
  return test(object, keys[last] as string, depth);
}

/** The same for what may be an object or arrays of objects. */
export function someBelow(
  value: Json,
  lookup: Lookup,
  from: number,
  depth: number,
  test: (object: JsonObject, name: string, depth: number) => boolean,
): boolean {
  if (Array.isArray(value)) {
    return depth < depthMax && value.some((item) => someBelow(item, lookup, from, depth + 1, test));
  }
  return isJsonObject(value) && someObject(value, lookup, from, depth, test);
}

export function valueAt(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function eachScalar(
  value: Json | undefined,
  intoObjects: boolean,
  add: (value: Scalar) => void,
  depth: number,
): void {
  if (isScalar(value)) add(value);
  else if (depth >= depthMax) return;
  else if (Array.isArray(value)) for (const item of value) eachScalar(item, intoObjects, add, depth + 1);
  else if (intoObjects && isJsonObject(value)) {
    for (const item of Object.values(value)) eachScalar(item, intoObjects, add, depth + 1);
  }
}

/** True when the name has a value, as a key or as the front of one: `{"a.b": 1}` has an `a`. */
export function holdsScalarAt(object: JsonObject, name: string, depth: number): boolean {
  if (holdsScalar(valueAt(object, name), depth + 1)) return true;
  for (const key of Object.keys(object)) {
    if (key[name.length] === "." && key.startsWith(name) && holdsScalar(object[key], depth + 1)) return true;
  }
  return false;
}

export function holdsScalar(value: Json | undefined, depth: number): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value !== "object") return true;
  if (depth >= depthMax) return false;
  const items = Array.isArray(value) ? value : Object.values(value);
  return items.some((item) => holdsScalar(item, depth + 1));
}

function addObjects(value: Json | undefined, objects: EventView[], slots: FieldSlots, depth: number): void {
  if (depth >= depthMax) return;
  if (Array.isArray(value)) for (const item of value) addObjects(item, objects, slots, depth + 1);
  else if (isJsonObject(value)) objects.push(new ParsedEvent(value, slots));
}

function addElements(value: Json | undefined, elements: EventView[], slots: FieldSlots, depth: number): void {
  if (isScalar(value)) elements.push(new ScalarElement(value, slots));
  else if (depth >= depthMax) return;
  else if (Array.isArray(value)) for (const item of value) addElements(item, elements, slots, depth + 1);
  else if (isJsonObject(value)) elements.push(new ParsedEvent(value, slots));
}

/** Adds the scalars at and below a path, under the names that a lookup would find them by. */
function addLeaves(value: Json, path: string, leaves: Map<string, Scalar[]>, depth: number): void {
  if (isScalar(value)) {
    const found = leaves.get(path);
    if (found === undefined) leaves.set(path, [value]);
    else found.push(value);
  } else if (depth >= depthMax) {
    return;
  } else if (Array.isArray(value)) {
    for (const item of value) addLeaves(item, path, leaves, depth + 1);
  } else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      const item = value[key];
      const below = path === "" ? key : `${path}.${key}`;
      if (item !== undefined && isFieldPath(below)) addLeaves(item, below, leaves, depth + 1);
    }
  }
}

function isScalar(value: Json | undefined): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
