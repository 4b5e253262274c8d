import type { FieldSlots } from "../event.ts";

/** The node above all names, which no name leads to: also what a look-up gives that finds nothing. */
export const root = 0;

/**
 * The fields of a table of slots as a tree of the parts of their names, found by the bytes of a part. Nodes are numbers; a field's node is
 * that of its last part.
 */
export class NameTree {
  /** The node of each slot; `root` for what is no field. */
  readonly nodeOfSlot: Int32Array;
  /** Of each node: the one above, how many parts its name has, whether there are nodes below, a slot that stands for its field. */
  readonly parents: Int32Array;
  readonly partCounts: Uint8Array;
  readonly hasBelow: Uint8Array;
  readonly slots: Int32Array;
  /** The nodes below the root by their names. */
  readonly topLevel: ReadonlyMap<string, number>;
  readonly #below: readonly ReadonlyMap<string, number>[];
  readonly #table: Int32Array;
  readonly #mask: number;
  /** The bytes of names that are longer than their first and last words together, and where those of each node begin. */
  readonly #longNames: Int32Array;
  readonly #longNameStarts: Int32Array;

  constructor(fields: FieldSlots) {
    const builder = new TreeBuilder();
    this.nodeOfSlot = Int32Array.from({ length: fields.size }, (_, slot) =>
      builder.add(
        fields.lookup(slot).keys.map(([part]) => part as string),
        slot,
      ),
    );
    const { nodes } = builder;
    this.parents = Int32Array.from(nodes, ({ parent }) => parent);
    this.partCounts = Uint8Array.from(nodes, ({ partCount }) => partCount);
    this.hasBelow = Uint8Array.from(nodes, ({ below }) => (below.size > 0 ? 1 : 0));
    this.slots = Int32Array.from(nodes, ({ slot }) => slot);
    this.#below = nodes.map(({ below }) => below);
    this.topLevel = this.#below[root] as ReadonlyMap<string, number>;
    this.#mask = tableSize(nodes.length) - 1;
    this.#table = new Int32Array(entryWords * (this.#mask + 1));
    const longNames: number[] = [];
    this.#longNameStarts = new Int32Array(nodes.length);
    for (const [node, { name, parent }] of nodes.entries()) {
      if (node === root || !isPlain(name)) continue;
      this.#longNameStarts[node] = longNames.length;
      for (let at = 4; at < name.length - 4; at += 4) longNames.push(wordOf(name, at));
      this.#enter(node, parent, name);
    }
    this.#longNames = Int32Array.from(longNames);
  }

  /**
   * The node below `node` whose name the bytes from `start` to `end` are; `root` when there is none. The name consists of ordinary ASCII
   * characters, and four bytes can be read from its start.
   */
  find(view: DataView, node: number, start: number, end: number): number {
    const length = end - start;
    if (length === 0 || length > nameLengthMax) return root;
    const first =
      length < 4 ? view.getInt32(start, true) & (shortMasks[length] as number) : view.getInt32(start, true);
    const last = length <= 4 ? first : view.getInt32(end - 4, true);
    const table = this.#table;
    const mask = this.#mask;
    const tag = tagOf(node, length);
    for (let at = hash(first, last, tag) & mask; ; at = (at + 1) & mask) {
      const entry = at * entryWords;
      const found = table[entry] as number;
      if (found === 0) return root;
      if (table[entry + 1] === first && table[entry + 2] === last && table[entry + 3] === tag) {
        if (length <= 8 || this.#hasMiddle(found, view, start, end)) return found;
      }
    }
  }

  /** The node below `node` of that name; `root` when there is none. */
  below(node: number, name: string): number {
    return (this.#below[node] as ReadonlyMap<string, number>).get(name) ?? root;
  }

  #hasMiddle(node: number, view: DataView, start: number, end: number): boolean {
    const words = this.#longNames;
    let word = this.#longNameStarts[node] as number;
    for (let at = start + 4; at < end - 4; at += 4) {
      if (view.getInt32(at, true) !== words[word]) return false;
      word += 1;
    }
    return true;
  }

  #enter(node: number, parent: number, name: string): void {
    const first = wordOf(name, 0);
    const last = name.length <= 4 ? first : wordOf(name, name.length - 4);
    const tag = tagOf(parent, name.length);
    let at = hash(first, last, tag) & this.#mask;
    while (this.#table[at * entryWords] !== 0) at = (at + 1) & this.#mask;
    this.#table.set([node, first, last, tag], at * entryWords);
  }
}

/** No name of a field is longer, and no longer one fits a tag. */
const nameLengthMax = 2047;
/** Node, first and last word of its name, and what `tagOf` makes of the rest. */
const entryWords = 4;
/** What is left of a word of so many bytes. */
const shortMasks = Int32Array.of(0, 0xff, 0xffff, 0xffffff);

interface TreeNode {
  readonly name: string;
  readonly parent: number;
  readonly partCount: number;
  readonly below: Map<string, number>;
  slot: number;
}

class TreeBuilder {
  readonly nodes: TreeNode[] = [{ name: "", parent: root, partCount: 0, below: new Map(), slot: -1 }];

  add(parts: readonly string[], slot: number): number {
    let node = root;
    for (const part of parts) node = this.#child(node, part);
    if (node !== root) (this.nodes[node] as TreeNode).slot = slot;
    return node;
  }

  #child(parent: number, name: string): number {
    const { below, partCount } = this.nodes[parent] as TreeNode;
    const known = below.get(name);
    if (known !== undefined) return known;
    const node = this.nodes.length;
    this.nodes.push({ name, parent, partCount: partCount + 1, below: new Map(), slot: -1 });
    below.set(name, node);
    return node;
  }
}

/** A power of two that leaves most places free: most names of an event are not in the table, and end at a free one. */
function tableSize(count: number): number {
  return 2 ** Math.ceil(Math.log2(count * 4));
}

function tagOf(node: number, length: number): number {
  return (node << 11) | length;
}

function hash(first: number, last: number, tag: number): number {
  const mixed = Math.imul(Math.imul(first ^ tag, 0x9e3779b1) ^ last, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** True for names that are found by their bytes; others are rare, and found by their text. */
function isPlain(name: string): boolean {
  return name.length <= nameLengthMax && /^[\x20-\x7f]+$/.test(name) && !/["\\]/.test(name);
}

/** Four characters of a name, as they are read from memory; zeros behind its end. */
function wordOf(name: string, at: number): number {
  let word = 0;
  for (let i = 0; i < 4 && at + i < name.length; i++) word |= name.charCodeAt(at + i) << (8 * i);
  return word;
}
