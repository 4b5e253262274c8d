/**
 * Remembers the last ids, so that what is found again soon is known: at least half as many as it may hold, at most all of them. Ids are kept in
 * two generations, since taking the oldest out of one large set costs more the longer that goes on.
 */
export class RecentIds {
  readonly #generationMax: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(max = 200_000) {
    this.#generationMax = Math.ceil(max / 2);
  }

  /** True when the id was not among those remembered. */
  add(id: string): boolean {
    if (this.#young.has(id) || this.#old.has(id)) return false;
    if (this.#young.size >= this.#generationMax) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(id);
    return true;
  }

  /** The ids in the order in which they came. */
  save(): string[] {
    return [...this.#old, ...this.#young];
  }
}
