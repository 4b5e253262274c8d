import type { KnownContainer } from "@tallyman/session-model";

/** How many containers are remembered. */
const containersMax = 4096;

/** Gives events of one container one and the same object, so that nothing seems to have changed where nothing has. */
export class KnownContainers {
  readonly #known = new Map<string, KnownContainer>();

  /** The container with a content; `key` stands for all of it. */
  of(key: string, make: () => KnownContainer): KnownContainer {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= containersMax) this.#known.clear();
    const container = make();
    this.#known.set(key, container);
    return container;
  }
}
