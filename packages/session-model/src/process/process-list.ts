/** What can stand in a ProcessList: it carries the links itself, and can be in one list at a time. */
export interface Listed<T> {
  older: T | undefined;
  newer: T | undefined;
}

/** A doubly linked list from the oldest to the newest: each step takes the same short time wherever an item stands. */
export class ProcessList<T extends Listed<T>> {
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

  moveToEnd(item: T): void {
    if (item.newer === undefined) return;
    this.remove(item);
    this.append(item);
  }
}
