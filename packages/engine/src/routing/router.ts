import type { EventView } from "@tallyman/ecs";
import type { ReadyAlias } from "./index-alias.ts";

/** Names that events bring are remembered up to here; an attacker may send ever new ones. */
const namesRememberedMax = 1000;

/** Something that wants the events of some indices. */
export interface Route<T> {
  readonly target: T;
  /** Lists of index patterns, of which one must select an index. */
  readonly patterns: readonly (readonly string[])[];
}

/** What wants the events of an index. Indices that the same targets want have the same one. */
export interface Destination<T> {
  /** Counts up from 0; -1 beyond the number that can be told apart. */
  readonly number: number;
  /** In the order in which they were given. */
  readonly targets: readonly T[];
}

/** Where an event goes, and under which names. */
export interface Way<T> {
  /** That of its index, and those of the aliases that it has. */
  readonly names: readonly string[];
  readonly destination: Destination<T>;
}

/** What is remembered of an index. */
interface KnownIndex<T> {
  readonly aliases: readonly { readonly name: string; readonly filter: ReadyAlias["filter"] }[];
  /** By the aliases that an event has, a bit for each. */
  readonly ways: (Way<T> | undefined)[];
}

/** Finds who wants an event by the name of its index and by its aliases, and remembers the answer. */
export class Router<T> {
  /** With the keys of their patterns among the selectors. */
  readonly #routes: readonly { readonly target: T; readonly keys: readonly string[] }[];
  readonly #aliases: readonly ReadyAlias[];
  /** The patterns that the routes have, each list once, and how each selects. */
  readonly #selectors = new Map<string, (indexName: string) => boolean>();
  readonly #known = new Map<string, KnownIndex<T>>();
  /** Destinations by which of the selectors select their indices. */
  readonly #destinations = new Map<string, Destination<T>>();

  constructor(
    routes: readonly Route<T>[],
    compile: (patterns: readonly string[]) => (indexName: string) => boolean,
    aliases: readonly ReadyAlias[] = [],
  ) {
    this.#aliases = aliases;
    this.#routes = routes.map(({ patterns, target }) => {
      const keys = patterns.map((list) => JSON.stringify(list));
      for (const [i, key] of keys.entries()) {
        if (!this.#selectors.has(key)) this.#selectors.set(key, compile(patterns[i] as readonly string[]));
      }
      return { target, keys };
    });
  }

  /** The way of an event of an index. Relative dates in the filters of aliases count from `nowMs`. */
  wayOf(indexName: string, event: EventView, nowMs: number): Way<T> {
    const { aliases, ways } = this.#known.get(indexName) ?? this.#learn(indexName);
    let has = 0;
    for (let i = 0; i < aliases.length; i++) if (aliases[i]?.filter.matches(event, nowMs)) has |= 1 << i;
    const known = ways[has];
    if (known !== undefined) return known;
    const names = [indexName, ...aliases.filter((_, i) => (has & (1 << i)) !== 0).map(({ name }) => name)];
    const way = { names, destination: this.#find(names) };
    ways[has] = way;
    return way;
  }

  /** Who wants the events of an index that have no aliases. */
  destinationOf(indexName: string): Destination<T> {
    return this.#find([indexName]);
  }

  #learn(indexName: string): KnownIndex<T> {
    const aliases = this.#aliases.flatMap(({ filter, nameFor }) => {
      const name = nameFor(indexName);
      return name === undefined ? [] : [{ name, filter }];
    });
    const known = { aliases, ways: [] };
    if (this.#known.size < namesRememberedMax) this.#known.set(indexName, known);
    return known;
  }

  #find(names: readonly string[]): Destination<T> {
    const selecting = new Set<string>();
    for (const [patterns, selects] of this.#selectors) if (names.some(selects)) selecting.add(patterns);
    const key = [...selecting].join();
    let destination = this.#destinations.get(key);
    if (destination === undefined) {
      const targets = this.#routes
        .filter(({ keys }) => keys.some((each) => selecting.has(each)))
        .map(({ target }) => target);
      const isFull = this.#destinations.size >= namesRememberedMax;
      destination = { number: isFull ? -1 : this.#destinations.size, targets };
      if (!isFull) this.#destinations.set(key, destination);
    }
    return destination;
  }
}
