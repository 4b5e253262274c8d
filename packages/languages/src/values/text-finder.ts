/**
 * Finds which of many texts occur in another one, in one pass over it whatever it says: the automaton of Aho and Corasick as a full
 * table, so that each character costs one look-up.
 */
export class TextFinder {
  /** The class of an ASCII character; 0 is for those in none of the texts. */
  readonly #classes = new Uint8Array(128);
  readonly #otherClasses = new Map<number, number>();
  readonly #classCount: number;
  /**
   * By state times the number of classes, plus the class: what the next state is times the number of classes, doubled, and one more where
   * some text ends in that state.
   */
  readonly #next: Int32Array;
  /** By state: where the list of the texts that end in it begins in `#found`. Each list ends with -1. */
  readonly #foundAt: Int32Array;
  readonly #found: Int32Array;
  /** The numbers of the texts that occur in the one that was looked through last: as many as `find` gave. */
  readonly occurring: Int32Array;
  /** By text: the last search that found it. */
  readonly #foundIn: Int32Array;
  #search = 0;

  /** @param texts Different from one another, none empty. */
  constructor(texts: readonly string[]) {
    let classCount = 1;
    for (const text of texts) {
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (this.#classOf(code) !== 0) continue;
        if (code < 128) this.#classes[code] = classCount;
        else this.#otherClasses.set(code, classCount);
        classCount += 1;
      }
    }
    this.#classCount = classCount;

    const stateMax = 1 + texts.reduce((sum, { length }) => sum + length, 0);
    const next = new Int32Array(stateMax * classCount);
    const ends: number[][] = [[]];
    let stateCount = 1;
    texts.forEach((text, number) => {
      let state = 0;
      for (let i = 0; i < text.length; i++) {
        const at = state * classCount + this.#classOf(text.charCodeAt(i));
        if (next[at] === 0) {
          next[at] = stateCount;
          ends.push([]);
          stateCount += 1;
        }
        state = next[at] as number;
      }
      (ends[state] as number[]).push(number);
    });
    completeTransitions(next, stateCount, classCount, ends);

    this.#next = next
      .slice(0, stateCount * classCount)
      .map((state) => state * classCount * 2 + Number((ends[state] as number[]).length > 0));
    this.#foundAt = new Int32Array(stateCount);
    const found = [-1];
    ends.forEach((numbers, state) => {
      if (numbers.length === 0) return;
      this.#foundAt[state] = found.length;
      found.push(...numbers, -1);
    });
    this.#found = Int32Array.from(found);
    this.occurring = new Int32Array(texts.length);
    this.#foundIn = new Int32Array(texts.length);
  }

  /** Finds the texts that occur, each once; gives how many those are. */
  find(text: string): number {
    this.#search = (this.#search + 1) | 0;
    // After four thousand million searches their numbers come round again.
    if (this.#search === 0) {
      this.#foundIn.fill(0);
      this.#search = 1;
    }
    let count = 0;
    const classes = this.#classes;
    const classCount = this.#classCount;
    const next = this.#next;
    const foundAt = this.#foundAt;
    const found = this.#found;
    let step = 0;
    let last = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      step = next[(step >> 1) + (code < 128 ? (classes[code] as number) : this.#classOf(code))] as number;
      // A text of one repeated character comes to the same state again and again.
      if ((step & 1) === 0 || step === last) continue;
      last = step;
      for (let at = foundAt[(step >> 1) / classCount] as number; found[at] !== -1; at++) {
        const number = found[at] as number;
        if (this.#foundIn[number] === this.#search) continue;
        this.#foundIn[number] = this.#search;
        this.occurring[count++] = number;
      }
    }
    return count;
  }

  #classOf(code: number): number {
    return code < 128 ? (this.#classes[code] as number) : (this.#otherClasses.get(code) ?? 0);
  }
}

/** Fills the transitions that the texts themselves do not name: from where the longest suffix that is a beginning of some text leads on. */
function completeTransitions(
  next: Int32Array,
  stateCount: number,
  classCount: number,
  ends: number[][],
): void {
  const fallback = new Int32Array(stateCount);
  const queue: number[] = [];
  for (let c = 0; c < classCount; c++) {
    const state = next[c] as number;
    if (state !== 0) queue.push(state);
  }
  for (let i = 0; i < queue.length; i++) {
    const state = queue[i] as number;
    const shorter = fallback[state] as number;
    (ends[state] as number[]).push(...(ends[shorter] as number[]));
    for (let c = 0; c < classCount; c++) {
      const at = state * classCount + c;
      const viaShorter = next[shorter * classCount + c] as number;
      const child = next[at] as number;
      if (child === 0) next[at] = viaShorter;
      else {
        fallback[child] = viaShorter;
        queue.push(child);
      }
    }
  }
}
