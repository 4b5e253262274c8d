import type { Span } from "@tallyman/languages";

/** The keys and list positions that lead from a document to a value in it. */
export type KeyPath = readonly (string | number)[];

/** Where a value and its key stand. */
export interface Place {
  /** Undefined for what has no key: elements of lists, whole documents. */
  readonly key: Span | undefined;
  /** The value as it is written; of a table or an object only its beginning: its header or bracket. */
  readonly value: Span;
}

/** A place with the places inside it, by key or by position in the list. */
export interface PlaceNode extends Place {
  readonly children: ReadonlyMap<string | number, PlaceNode>;
}

/** A place that is still being found. Most have nothing inside them: they get a map of their own with the first. */
export interface GrowingPlace extends PlaceNode {
  value: Span;
  children: ReadonlyMap<string | number, GrowingPlace>;
}

const noChildren: ReadonlyMap<string | number, GrowingPlace> = new Map();

export function newPlace(key: Span | undefined, value: Span): GrowingPlace {
  return { key, value, children: noChildren };
}

/** Puts a place inside another. */
export function addPlace(parent: GrowingPlace, step: string | number, child: GrowingPlace): void {
  if (parent.children === noChildren) parent.children = new Map();
  (parent.children as Map<string | number, GrowingPlace>).set(step, child);
}

/**
 * Where the parts of a decoded document stand in its file. The parsers of the formats keep no places, or keep them at a price,
 * so they are found by a second walk over the text, when a place is first asked for.
 */
export class Places {
  readonly #locate: () => PlaceNode;
  readonly #offsetsOf: (value: Span, text: string) => ArrayLike<number>;
  #root: PlaceNode | undefined;

  /** `offsetsOf` gives the file offset of each unit of a text that is written at `value`, and last that of its end. */
  constructor(locate: () => PlaceNode, offsetsOf: (value: Span, text: string) => ArrayLike<number>) {
    this.#locate = locate;
    this.#offsetsOf = offsetsOf;
  }

  /** The place at the path, or that of the nearest value around it. */
  nearest(path: KeyPath): Place {
    this.#root ??= this.#locate();
    let node = this.#root;
    for (const step of path) {
      const child = node.children.get(step);
      if (child === undefined) break;
      node = child;
    }
    return node;
  }

  /** The file offset of each unit of the text at the path, and last that of its end. */
  textOffsets(path: KeyPath, text: string): ArrayLike<number> {
    return this.#offsetsOf(this.nearest(path).value, text);
  }
}

/** One document of a rule file. */
export interface FileDocument {
  /** What the format's parser made of it: objects, lists, text, numbers (also NaN and infinities), booleans, dates, null. */
  readonly value: unknown;
  readonly places: Places;
}
