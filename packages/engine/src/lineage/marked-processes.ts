import { AgeList, type Aging } from "../sequence/age-list.ts";

interface Mark extends Aging<Mark> {
  readonly process: string;
}

/** Processes that have had an event of some kind: a set with a limit, beyond which the one marked the longest ago is given up. */
export class MarkedProcesses {
  readonly #max: number;
  readonly #byProcess = new Map<string, Mark>();
  readonly #byAge = new AgeList<Mark>();
  #droppedCount = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#byAge.size;
  }

  get droppedCount(): number {
    return this.#droppedCount;
  }

  add(process: string): void {
    const known = this.#byProcess.get(process);
    if (known !== undefined) this.#byAge.remove(known);
    const mark = known ?? { process, older: undefined, newer: undefined };
    this.#byProcess.set(process, mark);
    this.#byAge.append(mark);
    const { oldest } = this.#byAge;
    if (oldest === undefined || this.#byAge.size <= this.#max) return;
    this.#byAge.remove(oldest);
    this.#byProcess.delete(oldest.process);
    this.#droppedCount += 1;
  }

  has(process: string): boolean {
    return this.#byProcess.has(process);
  }

  /** From the one marked the longest ago. */
  *[Symbol.iterator](): Generator<string> {
    for (const { process } of this.#byAge) yield process;
  }
}
