import {
  type EventView,
  eachScalar,
  type FieldSlots,
  holdsScalar,
  holdsScalarAt,
  ParsedEvent,
  type Slot,
  someBelow,
  valueAt,
} from "../event.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Reading, Readings, Scalar } from "../reading.ts";
import { FoundValues, nothingFound } from "./found-values.ts";
import { broken, JsonBytes } from "./json-bytes.ts";
import { NameTree, root } from "./name-tree.ts";
import { RecentValues, rememberedLengthMax } from "./recent-values.ts";

/** So many more new values than known ones, of which each counts as four, make a field's values not worth remembering. */
const novelFrom = 64;
/** The bits of an event's stamp, which grows by two, that are zero when they are tried again: one time of 64. */
const novelTrials = 0x7e;

/** Bytes that can give text, as Node's Buffer can. */
export interface TextBytes extends Uint8Array {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

/**
 * Finds in an event's bytes the fields that a table of slots names, and makes values only of those that are asked for. One event at a time:
 * each `scan` turns to another, and what was given for the one before stays valid.
 *
 * Every answer is that of a `ParsedEvent` of the same event. Bytes that are not UTF-8 read as U+FFFD.
 */
export class EventScanner implements EventView {
  readonly #fields: FieldSlots;
  readonly #json = new JsonBytes();
  readonly #recent = new RecentValues();
  #bytes: TextBytes | undefined;
  #start = 0;
  #end = 0;
  #names: NameTree;
  #readings: Reading[] = [];
  /** A bit for each of the table's names at the top that the event has. */
  #topNames = new Int32Array();
  /** Which of those names is a node's; -1 for nodes further down. */
  #topNameNumbers = new Int32Array();

  // What is known of the nodes. It holds for this event where the stamp is the event's.
  #stamp = 2;
  /** The event's stamp where it has a value of the name, one more where it only has dotted names that begin so. */
  #met = new Int32Array();
  #starts = new Int32Array();
  #ends = new Int32Array();
  #foundStamps = new Int32Array();
  #found: FoundValues[] = [];
  #existsStamps = new Int32Array();
  #exists = new Uint8Array();
  /** How seldom a field's values were ones that are remembered, from 0 to `novelFrom`. */
  #novelty = new Uint8Array();
  #parsedStamps = new Int32Array();
  #parsedValues: Json[] = [];
  #event: ParsedEvent | undefined;

  /** The fields whose places `tellPlaces` tells, and their nodes with those above them. */
  #sharedPaths: readonly string[] = [];
  #sharedNodes = new Int32Array();
  /** One for each node that is among them. */
  #isShared = new Uint8Array();
  /** False when only the places of shared nodes are known, which another scanner told. */
  #isScanned = true;

  /** @param slots Slots that are added to it later count from the next scan on; until then they are looked up in the document. */
  constructor(slots: FieldSlots) {
    this.#fields = slots;
    this.#names = new NameTree(slots);
    this.#adopt(this.#names);
  }

  /**
   * Turns to the event in bytes[start, end), with white space around it or none. False when it cannot be read lazily and must be parsed:
   * when `JSON.parse` rejects it, it is no object, it is more than `depthMax` deep, or it says the same field twice, by repeating a name or
   * by using it with and without a dot behind it. The event is then empty to all questions. Bytes must not change before the next scan.
   */
  scan(bytes: TextBytes, start: number, end: number): boolean {
    this.#turnTo(bytes, start, end);
    return this.#scan();
  }

  /**
   * Names fields whose places scanners of the same event can tell each other, so that only one of them has to look for them. Both must be
   * given the same, and have slots for them.
   */
  share(paths: readonly string[]): void {
    this.#sharedPaths = paths;
    this.#findShared();
  }

  /** How many numbers `tellPlaces` writes at most. */
  get placesLengthMax(): number {
    return 3 * this.#sharedNodes.length;
  }

  /** Writes into `to`, from `at` on, where in the scanned event the shared fields stand; gives where the numbers end. */
  tellPlaces(to: Int32Array, at: number): number {
    const nodes = this.#sharedNodes;
    let end = at;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] as number;
      const met = (this.#met[node] as number) - this.#stamp;
      if (met < 0) continue;
      to[end] = 2 * i + met;
      to[end + 1] = (this.#starts[node] as number) - this.#start;
      to[end + 2] = (this.#ends[node] as number) - this.#start;
      end += 3;
    }
    return end;
  }

  /**
   * Turns to the event in bytes[start, end), of which another scanner has told its places in from[at, to). It is scanned when something is
   * asked that these do not say.
   *
   * @param hasNonAscii What the other scanner says of it.
   */
  takePlaces(
    bytes: TextBytes,
    start: number,
    end: number,
    hasNonAscii: boolean,
    from: Int32Array,
    at: number,
    to: number,
  ): void {
    this.#turnTo(bytes, start, end);
    this.#nextStamp();
    this.#isScanned = false;
    this.#json.begin(bytes, start, end);
    this.#json.hasNonAscii = hasNonAscii;
    for (let i = at; i < to; i += 3) {
      const told = from[i] as number;
      const node = this.#sharedNodes[told >> 1] as number;
      this.#met[node] = this.#stamp + (told & 1);
      this.#starts[node] = start + (from[i + 1] as number);
      this.#ends[node] = start + (from[i + 2] as number);
    }
  }

  values<R extends Reading>(slot: Slot<R>): readonly Readings[R][] {
    const node = this.#names.nodeOfSlot[slot];
    if (node === undefined) return this.#parsed().values(slot);
    if (!this.#isScanned) this.#scanFor(node);
    if (this.#foundStamps[node] !== this.#stamp) {
      this.#found[node] = this.#find(node);
      this.#foundStamps[node] = this.#stamp;
    }
    const found = this.#found[node] as FoundValues;
    return found.under(this.#readings[slot] as Reading) as readonly Readings[R][];
  }

  exists(slot: Slot): boolean {
    const node = this.#names.nodeOfSlot[slot];
    if (node === undefined) return this.#parsed().exists(slot);
    if (!this.#isScanned) this.#scanFor(node);
    if (this.#existsStamps[node] !== this.#stamp) {
      this.#exists[node] = this.#findExists(node, slot) ? 1 : 0;
      this.#existsStamps[node] = this.#stamp;
    }
    return this.#exists[node] === 1;
  }

  /** Parses the document. */
  nested(path: string, slots: FieldSlots): readonly EventView[] {
    return this.#parsed().nested(path, slots);
  }

  /** Parses the document. */
  elements(path: string, slots: FieldSlots): readonly EventView[] {
    return this.#parsed().elements(path, slots);
  }

  /** Parses the document. */
  leafPaths(): readonly string[] {
    return this.#parsed().leafPaths();
  }

  /** Parses the document. */
  read<R extends Reading>(path: string, reading: R): readonly Readings[R][] {
    return this.#parsed().read(path, reading);
  }

  /** The document, parsed whole when first asked for. */
  get document(): JsonObject {
    return this.#parsed().document;
  }

  /** The event's text as it stands, white space around it included. */
  text(): string {
    return this.#textOf(this.#start, this.#end);
  }

  /** True when some byte of the event is not ASCII: then it may be no UTF-8. */
  get hasNonAscii(): boolean {
    return this.#json.hasNonAscii;
  }

  topNames(from: number): number {
    if (this.#readings.length !== this.#fields.size) return this.#parsed().topNames(from);
    if (!this.#isScanned) this.#scan();
    return this.#topNames[from >> 5] ?? 0;
  }

  #adopt(names: NameTree): void {
    const count = names.parents.length;
    this.#names = names;
    this.#readings = Array.from(names.nodeOfSlot, (_, slot) => this.#fields.reading(slot));
    this.#topNames = new Int32Array((this.#fields.topNameCount >> 5) + 1);
    this.#topNameNumbers = new Int32Array(count).fill(-1);
    for (const [name, node] of names.topLevel)
      this.#topNameNumbers[node] = this.#fields.topNameNumber(name) ?? -1;
    this.#met = new Int32Array(count);
    this.#starts = new Int32Array(count);
    this.#ends = new Int32Array(count);
    this.#foundStamps = new Int32Array(count);
    this.#found = new Array(count).fill(nothingFound);
    this.#existsStamps = new Int32Array(count);
    this.#exists = new Uint8Array(count);
    this.#novelty = new Uint8Array(count);
    this.#parsedStamps = new Int32Array(count);
    this.#parsedValues = new Array(count).fill(null);
    this.#findShared();
  }

  #turnTo(bytes: TextBytes, start: number, end: number): void {
    if (this.#readings.length !== this.#fields.size) this.#adopt(new NameTree(this.#fields));
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#event = undefined;
  }

  /** Scans the event that it has turned to. */
  #scan(): boolean {
    this.#nextStamp();
    this.#isScanned = true;
    this.#topNames.fill(0);
    const json = this.#json;
    const first = json.begin(this.#bytes as TextBytes, this.#start, this.#end);
    if (first >= 0 && this.#object(first + 1, root, 1) === json.last + 1) return true;
    this.#nextStamp();
    this.#topNames.fill(0);
    return false;
  }

  /** Scans the event unless what is known of it says all about a node. */
  #scanFor(node: number): void {
    if (this.#isShared[node] === 0) this.#scan();
  }

  #findShared(): void {
    const names = this.#names;
    const nodes = new Set<number>();
    for (const path of this.#sharedPaths) {
      let node = root;
      for (const part of path.split(".")) {
        node = names.below(node, part);
        nodes.add(node);
      }
    }
    this.#sharedNodes = Int32Array.from(nodes);
    this.#isShared = new Uint8Array(names.parents.length);
    // What is no field has no values in any event.
    for (const node of [root, ...nodes]) this.#isShared[node] = 1;
  }

  #nextStamp(): void {
    this.#stamp += 2;
    if (this.#stamp < 0x7fff_fff0) return;
    this.#stamp = 2;
    for (const stamps of [this.#met, this.#foundStamps, this.#existsStamps, this.#parsedStamps])
      stamps.fill(0);
  }

  /**
   * Passes over an object with names that are wanted, from behind its opening brace. `depth` counts the objects around its values, which is
   * no more than the longest name has parts.
   */
  #object(from: number, node: number, depth: number): number {
    const json = this.#json;
    const names = this.#names;
    const { bytes, last, view } = json;
    const stamp = this.#stamp;
    let at = json.blanks(from);
    if (bytes[at] === 0x7d) return at + 1;
    for (;;) {
      if (bytes[at] !== 0x22) return broken;
      const nameStart = at + 1;
      let nameEnd = json.ordinaryName(nameStart);
      const isPlain = bytes[nameEnd] === 0x22;
      if (!isPlain) {
        nameEnd = json.string(nameEnd) - 1;
        if (nameEnd < 0) return broken;
      }
      at = nameEnd + 2;
      if (bytes[at - 1] !== 0x3a || (bytes[at] as number) <= 0x20) {
        at = json.colon(nameEnd + 1);
        if (at < 0) return broken;
      }
      const child = isPlain
        ? names.find(view, node, nameStart, nameEnd)
        : this.#oddName(node, nameStart, nameEnd);
      const first = bytes[at];
      if (child !== root) {
        // Stamps only grow: anything from this one on is of this event.
        if (child < 0 || (this.#met[child] as number) >= stamp) return broken;
        this.#met[child] = stamp;
        this.#starts[child] = at;
        if (node === root) this.#markTopName(child);
      }
      if (first === 0x22) at = json.string(at + 1);
      else if (first === 0x7b && child !== root && names.hasBelow[child] === 1)
        at = this.#object(at + 1, child, depth + 1);
      else at = json.value(at, depth);
      if (child !== root) this.#ends[child] = at;
      if (at < 0 || at > last) return broken;
      let next = bytes[at] as number;
      if (next <= 0x20) {
        at = json.blanks(at);
        next = bytes[at] as number;
      }
      at += 1;
      if (next !== 0x2c) return next === 0x7d ? at : broken;
      if ((bytes[at] as number) <= 0x20) at = json.blanks(at);
    }
  }

  #markTopName(node: number): void {
    const number = this.#topNameNumbers[node] as number;
    // A dotted name leads further down at once.
    if (number < 0) return;
    const word = number >> 5;
    this.#topNames[word] = (this.#topNames[word] as number) | (1 << (number & 31));
  }

  /** What `NameTree.find` does, for a name with dots, escapes or characters other than ASCII; `broken` when it says a name again. */
  #oddName(above: number, start: number, end: number): number {
    const name = JSON.parse(this.#textOf(start - 1, end + 1)) as string;
    let node = above;
    for (let from = 0; ; ) {
      const dot = name.indexOf(".", from);
      node = this.#names.below(node, dot < 0 ? name.slice(from) : name.slice(from, dot));
      if (node === root || dot < 0) return node;
      if (this.#met[node] === this.#stamp) return broken;
      this.#met[node] = this.#stamp + 1;
      if (above === root && from === 0) this.#markTopName(node);
      from = dot + 1;
    }
  }

  #find(node: number): FoundValues {
    if (this.#met[node] === this.#stamp) {
      const start = this.#starts[node] as number;
      const end = this.#ends[node] as number;
      return end - start <= rememberedLengthMax && this.#mayRepeat(node)
        ? this.#recall(node, start, end)
        : this.#decode(start, end);
    }
    const array = this.#arrayAbove(node);
    return array === root ? nothingFound : this.#decodeBelow(array, node);
  }

  /** True for fields whose values come again; for others now and then, to see whether they do by now. */
  #mayRepeat(node: number): boolean {
    return (this.#novelty[node] as number) < novelFrom || (this.#stamp & novelTrials) === 0;
  }

  /** The values that are written so, as they were the last time if that is remembered. */
  #recall(node: number, start: number, end: number): FoundValues {
    const { view } = this.#json;
    const novelty = this.#novelty[node] as number;
    const known = this.#recent.find(view, start, end);
    if (known !== undefined) {
      this.#novelty[node] = novelty < 4 ? 0 : novelty - 4;
      return known;
    }
    if (novelty < novelFrom) this.#novelty[node] = novelty + 1;
    const values = this.#decode(start, end);
    this.#recent.remember(view, start, end, values);
    return values;
  }

  /** The node above that stands for an array in this event; `root` when none does. */
  #arrayAbove(node: number): number {
    const { parents } = this.#names;
    let above = node;
    do above = parents[above] as number;
    while (above !== root && this.#met[above] !== this.#stamp);
    return above !== root && this.#json.bytes[this.#starts[above] as number] === 0x5b ? above : root;
  }

  #decode(start: number, end: number): FoundValues {
    switch (this.#json.bytes[start]) {
      case 0x22:
        return new FoundValues([this.#string(start, end)]);
      case 0x5b:
        return this.#array(start, end);
      case 0x6e:
        return nothingFound;
      case 0x7b:
        return foundIn(this.#parse(start, end));
      default:
        return new FoundValues([this.#parse(start, end) as Scalar]);
    }
  }

  /** The values of an array, which mostly holds nothing but scalars. */
  #array(start: number, end: number): FoundValues {
    const json = this.#json;
    const { bytes } = json;
    const scalars: Scalar[] = [];
    let at = json.blanks(start + 1);
    while (at < end - 1) {
      const first = bytes[at];
      if (first === 0x5b || first === 0x7b) return foundIn(this.#parse(start, end));
      const from = at;
      at = json.value(from, 0);
      if (first === 0x22) scalars.push(this.#string(from, at));
      else if (first !== 0x6e) scalars.push(this.#parse(from, at) as Scalar);
      at = json.blanks(at);
      if (bytes[at] === 0x2c) at = json.blanks(at + 1);
    }
    return scalars.length === 0 ? nothingFound : new FoundValues(scalars);
  }

  /** The text of a string from its opening quote to behind its closing one. */
  #string(start: number, end: number): string {
    return this.#json.ordinary(start + 1) === end - 1
      ? (this.#bytes as TextBytes).latin1Slice(start + 1, end - 1)
      : (this.#parse(start, end) as string);
  }

  /** The values of a field that lies in the objects of an array. */
  #decodeBelow(array: number, node: number): FoundValues {
    const scalars: Scalar[] = [];
    const withinObjects: Scalar[] = [];
    const { partCounts, slots } = this.#names;
    const lookup = this.#fields.lookup(slots[node] as number);
    someBelow(this.#parsedAt(array), lookup, partCounts[array] as number, 0, (object, name) => {
      const value = valueAt(object, name);
      eachScalar(value, false, (scalar) => scalars.push(scalar), 0);
      eachScalar(value, true, (scalar) => withinObjects.push(scalar), 0);
      return false;
    });
    return withinObjects.length === 0 ? nothingFound : new FoundValues(scalars, withinObjects);
  }

  #findExists(node: number, slot: Slot): boolean {
    if (this.#met[node] === this.#stamp) {
      switch (this.#json.bytes[this.#starts[node] as number]) {
        case 0x6e:
          return false;
        case 0x5b:
        case 0x7b:
          return holdsScalar(this.#parsedAt(node), 0);
        default:
          return true;
      }
    }
    // Only the document says whether there are values below dotted names that begin so.
    if (this.#met[node] === this.#stamp + 1) return this.#parsed().exists(slot);
    const array = this.#arrayAbove(node);
    if (array === root) return false;
    const { partCounts } = this.#names;
    return someBelow(
      this.#parsedAt(array),
      this.#fields.lookup(slot),
      partCounts[array] as number,
      0,
      holdsScalarAt,
    );
  }

  /** What stands at a node that the event has. */
  #parsedAt(node: number): Json {
    if (this.#parsedStamps[node] !== this.#stamp) {
      this.#parsedValues[node] = this.#parse(this.#starts[node] as number, this.#ends[node] as number);
      this.#parsedStamps[node] = this.#stamp;
    }
    return this.#parsedValues[node] as Json;
  }

  #parsed(): ParsedEvent {
    this.#event ??= new ParsedEvent(this.#parse(this.#start, this.#end) as JsonObject, this.#fields);
    return this.#event;
  }

  #parse(start: number, end: number): Json {
    return JSON.parse(this.#textOf(start, end)) as Json;
  }

  #textOf(start: number, end: number): string {
    const bytes = this.#bytes as TextBytes;
    return this.#json.hasNonAscii ? bytes.utf8Slice(start, end) : bytes.latin1Slice(start, end);
  }
}

function foundIn(value: Json): FoundValues {
  const scalars: Scalar[] = [];
  const withinObjects: Scalar[] = [];
  eachScalar(value, false, (scalar) => scalars.push(scalar), 0);
  eachScalar(value, true, (scalar) => withinObjects.push(scalar), 0);
  return withinObjects.length === 0 ? nothingFound : new FoundValues(scalars, withinObjects);
}
