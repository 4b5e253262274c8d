import { BinaryHeap } from "./binary-heap.ts";

/**
 * A priority queue for items that mostly come in order. Those that do stand in a plain queue, at next to no cost; only the others go
 * through a heap.
 */
export class SortingQueue<T> {
  readonly #isBefore: (a: T, b: T) => boolean;
  /** In order, from `#at` on. Before that is nothing, so that nothing is kept from being collected. */
  #inOrder: (T | undefined)[] = [];
  #at = 0;
  readonly #stragglers: BinaryHeap<T>;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
    this.#stragglers = new BinaryHeap(isBefore);
  }

  get size(): number {
    return this.#inOrder.length - this.#at + this.#stragglers.size;
  }

  /** The item that comes before all others, left where it is; undefined when there is none. */
  get first(): T | undefined {
    const straggler = this.#stragglers.first;
    const first = this.#inOrder[this.#at];
    if (straggler === undefined || first === undefined) return straggler ?? first;
    return this.#isBefore(straggler, first) ? straggler : first;
  }

  push(item: T): void {
    const last = this.#inOrder.at(-1);
    if (last !== undefined && this.#isBefore(item, last)) this.#stragglers.push(item);
    else this.#inOrder.push(item);
  }

  /** Removes the first item. */
  pop(): void {
    const first = this.first;
    if (first === undefined) return;
    if (first === this.#stragglers.first) this.#stragglers.pop();
    else this.#advance();
  }

  #advance(): void {
    this.#inOrder[this.#at] = undefined;
    this.#at += 1;
    // What was taken makes room when it is most of it, so that each item is moved about once.
    if (this.#at < 64 || 2 * this.#at < this.#inOrder.length) return;
    this.#inOrder = this.#inOrder.slice(this.#at);
    this.#at = 0;
  }
}
