/** Names that others stand for, with another beginning. They are the same for nearly all alerts, and each is made once. */
export class RenamedFields {
  readonly #from: string;
  readonly #to: string;
  readonly #names = new Map<string, string>();

  constructor(from: string, to: string) {
    this.#from = from;
    this.#to = to;
  }

  /** The new name of one that has the old beginning. */
  of(name: string): string {
    let renamed = this.#names.get(name);
    if (renamed === undefined) {
      renamed = this.#to + name.slice(this.#from.length);
      if (this.#names.size < namesMax) this.#names.set(name, renamed);
    }
    return renamed;
  }
}

/** Events add names of their own choice. */
const namesMax = 1000;
