import type { Span } from "@tallyman/languages";
import { addPlace, type GrowingPlace, newPlace, type PlaceNode } from "./places.ts";
import { scanTomlString } from "./toml-string.ts";

/**
 * Finds the places of everything in a TOML document in one walk. The document was parsed before and is valid; so the walk only
 * looks for where things begin and end, and checks nothing. On other text it finds something or nothing, and ends.
 */
export function locateToml(text: string): PlaceNode {
  return new TomlWalk(text).document();
}

interface KeyStep {
  readonly name: string;
  readonly span: Span;
}

const bareKey = /[A-Za-z0-9_-]+/y;

class TomlWalk {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): GrowingPlace {
    const root = newPlace(undefined, { start: 0, end: 0 });
    let table = root;
    for (this.#skipVoid(); this.#at < this.#text.length; this.#skipVoid()) {
      const start = this.#at;
      if (this.#text[start] === "[") table = this.#header(root);
      else this.#keyAndValue(table);
      // Nothing was understood: this is no TOML.
      if (this.#at === start) break;
    }
    return root;
  }

  /** `[table]` or `[[element of a list of tables]]`: the place of the table that the lines below it belong to. */
  #header(root: GrowingPlace): GrowingPlace {
    const start = this.#at;
    const isElement = this.#text[start + 1] === "[";
    this.#at += isElement ? 2 : 1;
    const steps = this.#key();
    this.#at += isElement ? 2 : 1;
    const last = steps.pop();
    if (last === undefined) return root;
    const header = { start, end: Math.min(this.#at, this.#text.length) };
    const parent = descend(root, steps, header);
    if (isElement) {
      const list = childOf(parent, last.name, last.span, header);
      const element = newPlace(last.span, header);
      addPlace(list, list.children.size, element);
      return element;
    }
    const table = lastElement(childOf(parent, last.name, last.span, header));
    // A table that was only implied until now gets its own header.
    table.value = header;
    return table;
  }

  #keyAndValue(table: GrowingPlace): void {
    const steps = this.#key();
    const last = steps.pop();
    if (last === undefined) return;
    if (this.#text[this.#at] === "=") this.#at += 1;
    this.#skipBlanks();
    const parent = descend(table, steps, last.span);
    addPlace(parent, last.name, this.#value(last.span));
  }

  /** A dotted key, up to the `=` or `]` after it. */
  #key(): KeyStep[] {
    const steps: KeyStep[] = [];
    for (;;) {
      this.#skipBlanks();
      const start = this.#at;
      const first = this.#text[start];
      let name = "";
      if (first === '"' || first === "'") {
        this.#at = scanTomlString(this.#text, start, (unit) => {
          name += unit;
        }).end;
      } else {
        bareKey.lastIndex = start;
        name = bareKey.exec(this.#text)?.[0] ?? "";
        this.#at += name.length;
      }
      if (this.#at === start) return steps;
      steps.push({ name, span: { start, end: this.#at } });
      this.#skipBlanks();
      if (this.#text[this.#at] !== ".") return steps;
      this.#at += 1;
    }
  }

  #value(key: Span | undefined): GrowingPlace {
    const start = this.#at;
    switch (this.#text[start]) {
      case '"':
      case "'":
        this.#at = scanTomlString(this.#text, start, () => {}).end;
        return newPlace(key, { start, end: this.#at });
      case "[": {
        const list = newPlace(key, { start, end: start });
        this.#at += 1;
        this.#entries("]", () => addPlace(list, list.children.size, this.#value(undefined)));
        list.value = { start, end: this.#at };
        return list;
      }
      case "{": {
        const table = newPlace(key, { start, end: start + 1 });
        this.#at += 1;
        this.#entries("}", () => this.#keyAndValue(table));
        return table;
      }
      default: {
        // Numbers, booleans, and dates, of which some hold a blank.
        while (this.#at < this.#text.length && !",]}#\n".includes(this.#text[this.#at] as string)) {
          this.#at += 1;
        }
        return newPlace(key, { start, end: start + this.#text.slice(start, this.#at).trimEnd().length });
      }
    }
  }

  #entries(closing: "]" | "}", entry: () => void): void {
    for (;;) {
      this.#skipVoid();
      const start = this.#at;
      if (start >= this.#text.length) return;
      if (this.#text[start] === closing) {
        this.#at += 1;
        return;
      }
      if (this.#text[start] === ",") this.#at += 1;
      else entry();
      if (this.#at === start) return;
    }
  }

  #skipBlanks(): void {
    while (this.#text[this.#at] === " " || this.#text[this.#at] === "\t") this.#at += 1;
  }

  /** Blanks, line breaks and comments. */
  #skipVoid(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const unit = this.#text[this.#at] as string;
      if (unit === "#") {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end < 0 ? this.#text.length : end;
      } else if (!" \t\n".includes(unit)) {
        return;
      }
    }
  }
}

/** Follows keys into tables; where a key names a list of tables, its last element is meant. */
function descend(from: GrowingPlace, steps: readonly KeyStep[], place: Span): GrowingPlace {
  let at = from;
  for (const { name, span } of steps) at = lastElement(childOf(at, name, span, place));
  return at;
}

function childOf(parent: GrowingPlace, name: string, key: Span, place: Span): GrowingPlace {
  let child = parent.children.get(name);
  if (child === undefined) {
    child = newPlace(key, place);
    addPlace(parent, name, child);
  }
  return child;
}

function lastElement(table: GrowingPlace): GrowingPlace {
  return table.children.get(table.children.size - 1) ?? table;
}
