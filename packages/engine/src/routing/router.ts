/** Names that events bring are remembered up to here; an attacker may send ever new ones. */
const namesRememberedMax = 1000;

/** Something that wants the events of some indices. */
export interface Route<T> {
  readonly target: T;
  /** The index patterns, the same list for the same patterns. */
  readonly patterns: readonly string[];
}

/** What wants the events of an index. Indices that the same targets want have the same one. */
export interface Destination<T> {
  /** Counts up from 0; -1 beyond the number that can be told apart. */
  readonly number: number;
  /** In the order in which they were given. */
  readonly targets: readonly T[];
}

/** Finds who wants the events of an index, and remembers the answer. */
export class Router<T> {
  /** With the key of their patterns among the selectors. */
  readonly #routes: readonly { readonly target: T; readonly key: string }[];
  /** The patterns that the routes have, each list once, and how each selects. */
  readonly #selectors = new Map<string, (indexName: string) => boolean>();
  readonly #known = new Map<string, Destination<T>>();
  /** Destinations by which of the selectors select their indices. */
  readonly #destinations = new Map<string, Destination<T>>();

  constructor(
    routes: readonly Route<T>[],
    compile: (patterns: readonly string[]) => (indexName: string) => boolean,
  ) {
    this.#routes = routes.map(({ patterns, target }) => {
      const key = JSON.stringify(patterns);
      if (!this.#selectors.has(key)) this.#selectors.set(key, compile(patterns));
      return { target, key };
    });
  }

  destinationOf(indexName: string): Destination<T> {
    const known = this.#known.get(indexName);
    if (known !== undefined) return known;
    const destination = this.#find(indexName);
    if (this.#known.size < namesRememberedMax) this.#known.set(indexName, destination);
    return destination;
  }

  #find(indexName: string): Destination<T> {
    const selecting = new Set<string>();
    for (const [patterns, selects] of this.#selectors) if (selects(indexName)) selecting.add(patterns);
    const key = [...selecting].join();
    let destination = this.#destinations.get(key);
    if (destination === undefined) {
      const targets = this.#routes.filter((route) => selecting.has(route.key)).map(({ target }) => target);
      const isFull = this.#destinations.size >= namesRememberedMax;
      destination = { number: isFull ? -1 : this.#destinations.size, targets };
      if (!isFull) this.#destinations.set(key, destination);
    }
    return destination;
  }
}
