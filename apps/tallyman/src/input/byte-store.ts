const slabBytes = 16 * 1024;
/** 32 MiB in slabs at most. */
const slabsMax = 2048;

interface Slab {
  readonly buffer: Buffer;
  /** How many pieces are kept in it. */
  pieces: number;
}

/** Where bytes are kept. */
export interface KeptBytes {
  readonly slab: Slab;
  readonly start: number;
  readonly end: number;
}

/**
 * Keeps copies of small pieces of bytes in slabs of memory that are used again and again, where the garbage collector has nothing to
 * move and nothing to free.
 *
 * A piece that is kept for long keeps its slab from being used again. So that a few of those in each slab cannot take up any amount of
 * memory, the slabs are limited, and what finds no place in them gets memory of its own.
 */
export class ByteStore {
  readonly #slabsMax: number;
  #slabCount = 0;
  /** The slab that is being filled, and how far it is. */
  #slab: Slab | undefined;
  #used = 0;
  readonly #free: Slab[] = [];

  constructor(limit = slabsMax) {
    this.#slabsMax = limit;
  }

  keep(bytes: Buffer): KeptBytes {
    if (bytes.length <= slabBytes / 4) {
      if (this.#slab === undefined || this.#used + bytes.length > slabBytes) this.#changeSlab();
      const slab = this.#slab;
      if (slab !== undefined) {
        const start = this.#used;
        this.#used += bytes.copy(slab.buffer, start);
        slab.pieces += 1;
        return { slab, start, end: this.#used };
      }
    }
    const own = newSlab(bytes.length);
    bytes.copy(own.buffer);
    return { slab: own, start: 0, end: bytes.length };
  }

  /** Gives up a piece; its place is used for others. */
  release({ slab }: KeptBytes): void {
    slab.pieces -= 1;
    if (slab.pieces === 0 && slab !== this.#slab) this.#free.push(slab);
  }

  #changeSlab(): void {
    this.#used = 0;
    // A slab whose pieces were all given up while it was being filled is as good as a new one.
    if (this.#slab?.pieces === 0) return;
    this.#slab = this.#free.pop();
    if (this.#slab === undefined && this.#slabCount < this.#slabsMax) {
      this.#slab = newSlab(slabBytes);
      this.#slabCount += 1;
    }
  }
}

/** Memory for pieces; what is made for a single piece never comes to be free, since no piece is counted in it. */
function newSlab(byteCount: number): Slab {
  return { buffer: Buffer.allocUnsafeSlow(byteCount), pieces: 0 };
}
