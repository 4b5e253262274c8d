import { GatheredBytes } from "./gathered-bytes.ts";
import { type RawRecord, type Splitter, trimBlanks } from "./raw-record.ts";

// A scanner over bytes that knows as much of JSON as it needs to find where a value ends: strings, brackets, and where a bracket may
// open. It stands in one of three states. `between` records it looks for the next one. In a `value` it counts brackets to the
// matching one. `stray` is everything that is no object or array: it goes up to where the next record may begin, and becomes a record
// of its own, for the decoder to refuse.
//
// The elements of an array that stands at the top are records of their own, and so are the hits of a search response, so that
// neither is ever held as a whole. Broken JSON costs as little as can be told: a string that goes over a line end, a bracket that
// closes another kind and one that opens where no value can be all end the record.

type State = "between" | "value" | "stray";

/** The array whose elements are being taken for records, if any. */
type Surrounding = "none" | "array" | "hits";

const nothing = Buffer.alloc(0);
const lineFeed = 0x0a;
const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;

/** What a byte outside of strings means for the structure. */
const blankClass = 1;
const quoteClass = 2;
const openObject = 3;
const openArray = 4;
const closeObject = 5;
const closeArray = 6;
const colonClass = 7;
const commaClass = 8;
const classes = new Uint8Array(256);
for (const [text, meaning] of [
  [" \t\r\n", blankClass],
  ['"', quoteClass],
  ["{", openObject],
  ["[", openArray],
  ["}", closeObject],
  ["]", closeArray],
  [":", colonClass],
  [",", commaClass],
] as const) {
  for (const byte of Buffer.from(text)) classes[byte] = meaning;
}

/** Kinds of brackets are only remembered this deep; documents that are deeper are refused later on. */
const knownDepthMax = 256;
const hitsKey = Buffer.from("hits");

/** Records that are the JSON documents of a text, or the elements of the arrays in it, wherever lines end. */
export class DocumentSplitter implements Splitter {
  #chunk: Buffer = nothing;
  #at = 0;
  #chunkOffset = 0;
  #line = 1;
  /** The position of the line in the text. */
  #lineOffset = 0;
  #hasEnded = false;

  #state: State = "between";
  #surrounding: Surrounding = "none";

  /** Of the record that was begun: its place, its bytes of earlier chunks, and where it begins or goes on in this chunk. */
  #startLine = 0;
  #startColumn = 0;
  #startOffset = 0;
  readonly #begun: GatheredBytes;
  #start = 0;

  #inString = false;
  #isEscaped = false;
  #depth = 0;
  /** The class of the bracket that is open at each depth. */
  readonly #open = new Uint8Array(knownDepthMax + 1);
  /** The class of the last byte outside of strings that is not blank. */
  #previous = 0;

  /** How many bytes of the key being read are those of `hits`; -1 when it is another key, or none is looked for. */
  #keyMatch = -1;
  #isHitsKey = false;
  /** True below the key `hits` of the object at the top. */
  #isInHits = false;
  /** True in a search response whose hits are being taken, or have been. */
  #isResponse = false;

  constructor(recordBytesMax: number) {
    this.#begun = new GatheredBytes(recordBytesMax);
  }

  push(chunk: Buffer): void {
    this.#chunkOffset += this.#chunk.length;
    this.#chunk = chunk;
    this.#at = 0;
    this.#start = 0;
  }

  end(): void {
    this.#hasEnded = true;
  }

  next(): RawRecord | undefined {
    while (this.#at < this.#chunk.length) {
      if (this.#state === "between") this.#findStart();
      else if (this.#state === "value" ? this.#scanValue() : this.#scanStray()) {
        const record = this.#finish();
        if (record !== undefined) return record;
      }
    }
    if (this.#hasEnded) return this.#finishLast();
    if (this.#state !== "between" && !this.#isAroundHits()) {
      this.#begun.add(this.#chunk.subarray(this.#start));
    }
    this.#start = this.#chunk.length;
    return undefined;
  }

  #findStart(): void {
    this.#skipBlanks();
    if (this.#at === this.#chunk.length) return;
    const byte = this.#chunk[this.#at] as number;
    switch (classes[byte]) {
      case commaClass:
        this.#at += 1;
        return;
      case openArray:
        if (this.#surrounding !== "none") break;
        this.#surrounding = "array";
        this.#at += 1;
        return;
      case closeArray:
        if (this.#surrounding === "none") break;
        this.#at += 1;
        if (this.#surrounding === "hits") this.#leaveHits();
        else this.#surrounding = "none";
        return;
    }
    this.#markStart();
    if (byte === openBrace || byte === openBracket) {
      this.#state = "value";
      this.#depth = 0;
      this.#isInHits = false;
    } else {
      this.#state = "stray";
      this.#inString = byte === quote;
      this.#at += 1;
    }
  }

  #skipBlanks(): void {
    const chunk = this.#chunk;
    let at = this.#at;
    for (; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (classes[byte] !== blankClass) break;
      if (byte === lineFeed) this.#countLine(at);
    }
    this.#at = at;
  }

  /** Goes on in a value; true when the record ends at `#at`. */
  #scanValue(): boolean {
    const chunk = this.#chunk;
    while (this.#at < chunk.length) {
      if (this.#inString) {
        if (!this.#scanString()) return true;
        continue;
      }
      const byte = chunk[this.#at] as number;
      const meaning = classes[byte] as number;
      switch (meaning) {
        case blankClass:
          if (byte === lineFeed) this.#countLine(this.#at);
          this.#at += 1;
          continue;
        case quoteClass:
          this.#inString = true;
          this.#keyMatch = this.#mayBeHitsKey() ? 0 : -1;
          break;
        case openObject:
        case openArray:
          if (!this.#mayOpen()) return true;
          if (meaning === openArray && this.#isHitsArray()) {
            this.#at += 1;
            this.#enterHits();
            return false;
          }
          if (meaning === openObject && this.#depth === 1) this.#isInHits = this.#isHitsKey;
          this.#depth += 1;
          if (this.#depth <= knownDepthMax) this.#open[this.#depth] = meaning;
          break;
        case closeObject:
        case closeArray:
          if (!this.#closes(meaning)) {
            // The bracket may rather be the one that closes the array around the record.
            if (meaning === closeObject) this.#at += 1;
            return true;
          }
          this.#depth -= 1;
          if (this.#depth === 0) {
            this.#at += 1;
            return true;
          }
          break;
      }
      this.#previous = meaning;
      this.#at += 1;
    }
    return false;
  }

  /** Goes on in what is no object or array; true when the record ends at `#at`. */
  #scanStray(): boolean {
    while (this.#at < this.#chunk.length) {
      if (this.#inString) {
        if (!this.#scanString()) return true;
        continue;
      }
      const byte = this.#chunk[this.#at] as number;
      if (byte === lineFeed || byte === openBrace) return true;
      if (this.#surrounding !== "none" && (byte === comma || byte === closeBracket)) return true;
      this.#inString = byte === quote;
      this.#keyMatch = -1;
      this.#at += 1;
    }
    return false;
  }

  /** Goes on in a string, to its end or that of the chunk; false when it is cut off by a line end. */
  #scanString(): boolean {
    const chunk = this.#chunk;
    let match = this.#keyMatch;
    let at = this.#at;
    if (this.#isEscaped && chunk[at] !== lineFeed) at += 1;
    this.#isEscaped = false;
    for (; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (byte === quote) {
        this.#inString = false;
        this.#isHitsKey = match === hitsKey.length;
        at += 1;
        break;
      }
      if (byte === lineFeed) {
        this.#inString = false;
        this.#at = at;
        return false;
      }
      if (match >= 0) match = byte === hitsKey[match] ? match + 1 : -1;
      if (byte === backslash) {
        if (at + 1 === chunk.length) this.#isEscaped = true;
        else if (chunk[at + 1] !== lineFeed) at += 1;
      }
    }
    this.#keyMatch = match;
    this.#at = at;
    return true;
  }

  /** False where a bracket opens that cannot be there: in an object behind anything but a colon, in an array behind a value. */
  #mayOpen(): boolean {
    if (this.#depth === 0 || this.#depth > knownDepthMax) return true;
    const previous = this.#previous;
    if (this.#open[this.#depth] === openObject) return previous === colonClass;
    return previous === commaClass || previous === openArray;
  }

  #closes(meaning: number): boolean {
    if (this.#depth > knownDepthMax) return true;
    return this.#open[this.#depth] === (meaning === closeObject ? openObject : openArray);
  }

  #mayBeHitsKey(): boolean {
    if (this.#depth !== (this.#isInHits ? 2 : 1) || this.#surrounding !== "none" || this.#isResponse)
      return false;
    return this.#previous === openObject || this.#previous === commaClass;
  }

  #isHitsArray(): boolean {
    return this.#isInHits && this.#isHitsKey && this.#depth === 2;
  }

  #isAroundHits(): boolean {
    return this.#isResponse && this.#surrounding === "none";
  }

  #enterHits(): void {
    this.#begun.clear();
    this.#isResponse = true;
    this.#surrounding = "hits";
    this.#state = "between";
  }

  /** Goes on behind the array of hits, two levels deep in the response. */
  #leaveHits(): void {
    this.#surrounding = "none";
    this.#state = "value";
    this.#depth = 2;
    this.#open[1] = openObject;
    this.#open[2] = openObject;
    this.#previous = closeArray;
    this.#isInHits = false;
    this.#markStart();
  }

  #markStart(): void {
    this.#start = this.#at;
    this.#startLine = this.#line;
    this.#startOffset = this.#chunkOffset + this.#at;
    this.#startColumn = this.#startOffset - this.#lineOffset + 1;
  }

  #countLine(at: number): void {
    this.#line += 1;
    this.#lineOffset = this.#chunkOffset + at + 1;
  }

  /** The record that ends at `#at`; undefined when that is only the rest of a response whose hits were taken. */
  #finish(): RawRecord | undefined {
    this.#state = "between";
    if (this.#isAroundHits()) {
      this.#isResponse = false;
      return this.#depth === 0 ? undefined : this.#unclosed();
    }
    const piece = this.#chunk.subarray(this.#start, this.#at);
    const byteCount = this.#begun.count + piece.length;
    const bytes = this.#begun.finish(piece);
    return trimBlanks({
      bytes,
      byteCount,
      line: this.#startLine,
      column: this.#startColumn,
      offset: this.#startOffset,
    });
  }

  #finishLast(): RawRecord | undefined {
    const isUnclosed = this.#surrounding !== "none";
    const record = this.#state === "between" ? undefined : this.#finish();
    this.#surrounding = "none";
    this.#isResponse = false;
    return record ?? (isUnclosed ? this.#unclosed() : undefined);
  }

  /** A record for the decoder to refuse: an array or a response that is not closed, and whose parts were taken already. */
  #unclosed(): RawRecord {
    this.#markStart();
    return {
      bytes: nothing,
      byteCount: 0,
      line: this.#startLine,
      column: this.#startColumn,
      offset: this.#startOffset,
    };
  }
}
