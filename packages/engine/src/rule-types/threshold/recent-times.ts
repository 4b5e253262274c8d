/**
 * The times of a group's events, in their order, in a ring of numbers. Adding one at the end and dropping those at the start cost nothing to speak
 * of; one that comes late moves those that are younger.
 */
export class RecentTimes {
  #ring = new Float64Array(4);
  #start = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Plus infinity when there is none. */
  get oldestMs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#at(0);
  }

  /** Minus infinity when there is none. */
  get newestMs(): number {
    return this.#size === 0 ? Number.NEGATIVE_INFINITY : this.#at(this.#size - 1);
  }

  /** Adds a time; where there are `max` already, the oldest of all goes. */
  add(ms: number, max: number): void {
    if (this.#size >= max) {
      if (ms <= this.oldestMs) return;
      this.#dropOldest();
    }
    if (this.#size === this.#ring.length) this.#grow();
    let place = this.#size;
    this.#size += 1;
    for (; place > 0 && this.#at(place - 1) > ms; place--) this.#put(place, this.#at(place - 1));
    this.#put(place, ms);
  }

  dropBefore(ms: number): void {
    while (this.#size > 0 && this.#at(0) < ms) this.#dropOldest();
  }

  /** From the oldest to the newest. */
  toArray(): number[] {
    return Array.from({ length: this.#size }, (_, place) => this.#at(place));
  }

  #dropOldest(): void {
    this.#start = (this.#start + 1) % this.#ring.length;
    this.#size -= 1;
  }

  #at(place: number): number {
    return this.#ring[(this.#start + place) % this.#ring.length] as number;
  }

  #put(place: number, ms: number): void {
    this.#ring[(this.#start + place) % this.#ring.length] = ms;
  }

  #grow(): void {
    const grown = new Float64Array(this.#ring.length * 2);
    for (let place = 0; place < this.#size; place++) grown[place] = this.#at(place);
    this.#ring = grown;
    this.#start = 0;
  }
}
