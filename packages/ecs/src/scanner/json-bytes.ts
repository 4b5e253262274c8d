import { depthMax } from "../event.ts";

/** In place of a position: what stands there is no JSON, or more than `depthMax` deep. */
export const broken = -1;

const openBrace = 0x7b;

/**
 * Goes over a JSON object as bytes, accepting what `JSON.parse` accepts. Each method takes the position where something begins and gives the
 * one behind it, or `broken`.
 *
 * The last byte of the object is a closing brace. Nothing that is read byte by byte goes on at a brace, strings excepted, so only those, and
 * who reads on behind a closing bracket, must mind where the object ends.
 */
export class JsonBytes {
  bytes: Uint8Array = new Uint8Array();
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the last byte of the object stands, the closing brace. */
  last = 0;
  /** True when a string that was passed over holds a byte above 127. Outside of strings there is none in JSON. */
  hasNonAscii = false;
  /** The brackets that are open within the value that is being passed over. */
  readonly #open = new Uint8Array(depthMax + 1);

  /** Turns to bytes[start, end) and gives where its object begins; `broken` when it holds none. */
  begin(bytes: Uint8Array, start: number, end: number): number {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.hasNonAscii = false;
    let last = end - 1;
    while (last > start && isBlank(bytes[last] as number)) last -= 1;
    this.last = last;
    if (last <= start || bytes[last] !== 0x7d) return broken;
    const first = this.blanks(start);
    return bytes[first] === openBrace ? first : broken;
  }

  /** Passes over white space. */
  blanks(from: number): number {
    const { bytes } = this;
    let at = from;
    if ((bytes[at] as number) > 0x20) return at;
    while (isBlank(bytes[at] as number)) at += 1;
    return at;
  }

  /** Passes over a value with `depth` objects and arrays around it. */
  value(from: number, depth: number): number {
    const { bytes, last } = this;
    const open = this.#open;
    let at = from;
    let level = depth;
    for (;;) {
      const first = bytes[at] as number;
      if (first === 0x22) at = this.string(at + 1);
      else if (first === openBrace || first === 0x5b) {
        if (level === depthMax) return broken;
        level += 1;
        open[level] = first;
        at = this.blanks(at + 1);
        // In ASCII each bracket is two before the one that closes it.
        if (bytes[at] !== first + 2) {
          if (first === openBrace) {
            at = this.#name(at);
            if (at < 0) return broken;
          }
          continue;
        }
        level -= 1;
        at += 1;
      } else at = this.#word(at, first);
      if (at < 0) return broken;
      for (;;) {
        if (level === depth) return at;
        if (at > last) return broken;
        let next = bytes[at] as number;
        if (next <= 0x20) {
          at = this.blanks(at);
          next = bytes[at] as number;
        }
        const bracket = open[level] as number;
        at += 1;
        if (next === 0x2c) {
          if ((bytes[at] as number) <= 0x20) at = this.blanks(at);
          if (bracket === openBrace) {
            at = this.#name(at);
            if (at < 0) return broken;
          }
          break;
        }
        if (next !== bracket + 2) return broken;
        level -= 1;
      }
    }
  }

  /** Passes over a string, from behind its opening quote. */
  string(from: number): number {
    const { bytes, last } = this;
    let at = from;
    for (;;) {
      at = this.ordinary(at);
      if (at >= last) return broken;
      const byte = bytes[at] as number;
      at += 1;
      if (byte === 0x22) return at;
      if (byte === 0x5c) {
        at = this.#escape(at);
        if (at < 0) return broken;
      } else if (byte < 0x20) return broken;
      else if (byte >= 0x80) {
        this.hasNonAscii = true;
        while ((bytes[at] as number) >= 0x80) at += 1;
      }
    }
  }

  /** Passes over what stands in a string as it is: up to a quote, a backslash, a control character, a byte above 127, or the last byte. */
  ordinary(from: number): number {
    const { bytes, view, last } = this;
    let at = from;
    while (at + 3 <= last) {
      const word = view.getInt32(at, true);
      // The highest bit of a byte is set where that byte is one of those. Bytes above such a one may be marked wrongly, by what they lend it; the
      // lowest mark is right.
      const marks =
        (((word ^ 0x22222222) - 0x01010101) |
          ((word ^ 0x5c5c5c5c) - 0x01010101) |
          (word - 0x20202020) |
          word) &
        0x80808080;
      if (marks !== 0) return at + ((31 - Math.clz32(marks & -marks)) >> 3);
      at += 4;
    }
    while (at < last && isOrdinary(bytes[at] as number)) at += 1;
    return at;
  }

  /** The same, up to a dot too. */
  ordinaryName(from: number): number {
    const { bytes, view, last } = this;
    let at = from;
    while (at + 3 <= last) {
      const word = view.getInt32(at, true);
      const marks =
        (((word ^ 0x22222222) - 0x01010101) |
          ((word ^ 0x5c5c5c5c) - 0x01010101) |
          ((word ^ 0x2e2e2e2e) - 0x01010101) |
          (word - 0x20202020) |
          word) &
        0x80808080;
      if (marks !== 0) return at + ((31 - Math.clz32(marks & -marks)) >> 3);
      at += 4;
    }
    while (at < last && isOrdinary(bytes[at] as number) && bytes[at] !== 0x2e) at += 1;
    return at;
  }

  /** Passes over the colon behind a name, and the white space around it. */
  colon(from: number): number {
    const at = this.blanks(from);
    return this.bytes[at] === 0x3a ? this.blanks(at + 1) : broken;
  }

  /** Passes over a name with its colon. */
  #name(from: number): number {
    if (this.bytes[from] !== 0x22) return broken;
    const end = this.string(from + 1);
    return end < 0 ? broken : this.colon(end);
  }

  /** Passes over what stands behind a backslash. */
  #escape(at: number): number {
    const { bytes } = this;
    switch (bytes[at]) {
      case 0x22:
      case 0x5c:
      case 0x2f:
      case 0x62:
      case 0x66:
      case 0x6e:
      case 0x72:
      case 0x74:
        return at + 1;
      case 0x75:
        for (let i = 1; i <= 4; i++) if (!isHexDigit(bytes[at + i] as number)) return broken;
        return at + 5;
      default:
        return broken;
    }
  }

  /** Passes over a number, `true`, `false` or `null`. */
  #word(at: number, first: number): number {
    const { bytes } = this;
    switch (first) {
      case 0x74:
        return bytes[at + 1] === 0x72 && bytes[at + 2] === 0x75 && bytes[at + 3] === 0x65 ? at + 4 : broken;
      case 0x66:
        return bytes[at + 1] === 0x61 &&
          bytes[at + 2] === 0x6c &&
          bytes[at + 3] === 0x73 &&
          bytes[at + 4] === 0x65
          ? at + 5
          : broken;
      case 0x6e:
        return bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c ? at + 4 : broken;
      default:
        return this.#number(at);
    }
  }

  #number(from: number): number {
    const { bytes } = this;
    let at = bytes[from] === 0x2d ? from + 1 : from;
    at = bytes[at] === 0x30 ? at + 1 : this.#digits(at);
    if (at > 0 && bytes[at] === 0x2e) at = this.#digits(at + 1);
    if (at > 0 && ((bytes[at] as number) | 0x20) === 0x65) {
      const sign = bytes[at + 1];
      at = this.#digits(sign === 0x2b || sign === 0x2d ? at + 2 : at + 1);
    }
    return at;
  }

  #digits(from: number): number {
    const { bytes } = this;
    let at = from;
    while (isDigit(bytes[at] as number)) at += 1;
    return at === from ? broken : at;
  }
}

/** What JSON takes for white space. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

/** True for ASCII that stands for itself in a string. */
function isOrdinary(byte: number): boolean {
  return byte >= 0x20 && byte < 0x80 && byte !== 0x22 && byte !== 0x5c;
}
