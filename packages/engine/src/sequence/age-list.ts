/** What can stand in an AgeList: it carries the links itself, and can be in one list at a time. */
export interface Aging<T> {
  older: T | undefined;
  newer: T | undefined;
}

/**
 * A doubly linked list from the oldest to the newest. Removing is cheap wherever an item stands and reading the oldest one
 * too; a Map would keep the order as well, but to read its first entry steps over all that were deleted before it.
 */
export class AgeList<T extends Aging<T>> {
  oldest: T | undefined;
  size = 0;
  #newest: T | undefined;

  append(item: T): void {
    item.older = this.#newest;
    if (this.#newest === undefined) this.oldest = item;
    else this.#newest.newer = item;
    this.#newest = item;
    this.size += 1;
  }

  remove(item: T): void {
    const { older, newer } = item;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    item.older = undefined;
    item.newer = undefined;
    this.size -= 1;
  }

  *[Symbol.iterator](): Generator<T> {
    let item = this.oldest;
    while (item !== undefined) {
      // Read first, so that the item itself may be removed meanwhile.
      const { newer } = item;
      yield item;
      item = newer;
    }
  }
}
