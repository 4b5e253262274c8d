/** Names that events bring are remembered up to here; an attacker may send ever new ones. */
const namesRememberedMax = 1000;

/** Something that wants the events of some indices. */
export interface Route<T> {
  readonly target: T;
  readonly selects: (indexName: string) => boolean;
}

/** Finds who wants the events of an index, and remembers the answer. */
export class Router<T> {
  readonly #routes: readonly Route<T>[];
  readonly #known = new Map<string, readonly T[]>();

  constructor(routes: readonly Route<T>[]) {
    this.#routes = routes;
  }

  /** The targets that select the index, in the order in which they were given. */
  select(indexName: string): readonly T[] {
    const known = this.#known.get(indexName);
    if (known !== undefined) return known;
    const targets = this.#routes.filter(({ selects }) => selects(indexName)).map(({ target }) => target);
    if (this.#known.size < namesRememberedMax) this.#known.set(indexName, targets);
    return targets;
  }
}
