/** A priority queue: the item that comes before all others is at hand, the rest is in no order. */
export class BinaryHeap<T> {
  readonly #isBefore: (a: T, b: T) => boolean;
  readonly #items: T[] = [];

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The first item, left where it is; undefined when there is none. */
  get first(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.length;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = items[parentAt] as T;
      if (!this.#isBefore(item, parent)) break;
      items[at] = parent;
      at = parentAt;
    }
    items[at] = item;
  }

  /** Removes and gives the first item; undefined when there is none. */
  pop(): T | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sinkFromTop(last);
    return first;
  }

  /** Puts the first item where it belongs now, after it has changed. */
  reorderFirst(): void {
    const first = this.#items[0];
    if (first !== undefined) this.#sinkFromTop(first);
  }

  #sinkFromTop(item: T): void {
    const items = this.#items;
    const half = items.length >> 1;
    let at = 0;
    while (at < half) {
      let childAt = 2 * at + 1;
      const rightAt = childAt + 1;
      if (rightAt < items.length && this.#isBefore(items[rightAt] as T, items[childAt] as T))
        childAt = rightAt;
      const child = items[childAt] as T;
      if (!this.#isBefore(child, item)) break;
      items[at] = child;
      at = childAt;
    }
    items[at] = item;
  }
}
