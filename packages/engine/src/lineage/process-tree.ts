import { isJsonObject, type Json } from "@tallyman/ecs";
import { AgeList, type Aging } from "../sequence/age-list.ts";
import { isArrayOf, isNumber } from "../sequence/json-form.ts";
import type { ProcessPlace } from "./process-place.ts";

/** What is known of a process. */
class KnownProcess implements Aging<KnownProcess> {
  readonly process: string;
  /** Those of its ancestors that its events have named; the first is its parent. */
  readonly above: Set<string>;
  older: KnownProcess | undefined = undefined;
  newer: KnownProcess | undefined = undefined;

  constructor(process: string, above: Iterable<string>) {
    this.process = process;
    this.above = new Set(above);
  }
}

/** Ancestors of one process that are looked at, at most. */
export const ancestorsMax = 1000;
/** Links to ancestors that are followed for that, at most: processes that name one another in circles have many more of them than there are processes. */
const linksMax = 16 * ancestorsMax;
/** Ancestors that the events of one process may name. A process has one parent and sensors write some twenty ancestors, so more are somebody's doing. */
const namedMax = 64;

/** The ancestors of one process. */
export interface Ancestors {
  /** Each once, the process itself not among them; nearer ones before farther ones, as far as that is known. */
  readonly processes: readonly string[];
  /** True when there are more than may be looked at. */
  readonly isCut: boolean;
}

/**
 * Which process descends from which, as far as events have said: one table for all rules of an engine. Links stay when a process ends, since
 * its descendants may outlive it. Memory: some 300 bytes a process with a few ancestors, and never more than 64 names for one.
 */
export class ProcessTree {
  readonly #processesMax: number;
  readonly #byProcess = new Map<string, KnownProcess>();
  /** From the one whose last event is the longest ago. */
  readonly #byAge = new AgeList<KnownProcess>();
  #droppedCount = 0;

  /** Of how many processes links are kept: 100,000 by default. */
  constructor(processesMax = 100_000) {
    this.#processesMax = processesMax;
  }

  get size(): number {
    return this.#byAge.size;
  }

  /**
   * How much was given up because there was too much of it: processes, those first that were silent for the longest, and names of ancestors beyond
   * what is kept of one process.
   */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Takes note of what an event says of its process. */
  note({ process, above }: Pick<ProcessPlace, "process" | "above">): void {
    if (above.length === 0) return;
    const known = this.#byProcess.get(process);
    if (known === undefined) {
      this.#add(new KnownProcess(process, above));
      return;
    }
    for (const ancestor of above) {
      if (known.above.size < namedMax) known.above.add(ancestor);
      else if (!known.above.has(ancestor)) this.#droppedCount += 1;
    }
    this.#byAge.remove(known);
    this.#byAge.append(known);
  }

  /** The parent of a process: the one that its event names, or that an earlier event has named. */
  parentOf({ process, above }: Pick<ProcessPlace, "process" | "above">): string | undefined {
    if (above[0] !== undefined) return above[0];
    const [parent] = this.#byProcess.get(process)?.above ?? [];
    return parent;
  }

  /** All that a process descends from, by its event and by all that came before. What descends from itself is no ancestor of its own. */
  ancestorsOf({ process, above }: Pick<ProcessPlace, "process" | "above">): Ancestors {
    const found = new Set<string>();
    const queue: Iterable<string>[] = [above, this.#byProcess.get(process)?.above ?? []];
    let linksLeft = linksMax;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      for (const ancestor of next) {
        linksLeft -= 1;
        if (linksLeft < 0) return { processes: [...found], isCut: true };
        if (ancestor === process || found.has(ancestor)) continue;
        if (found.size >= ancestorsMax) return { processes: [...found], isCut: true };
        found.add(ancestor);
        const known = this.#byProcess.get(ancestor);
        if (known !== undefined) queue.push(known.above);
      }
    }
    return { processes: [...found], isCut: false };
  }

  save(): Json {
    return {
      droppedCount: this.#droppedCount,
      processes: Array.from(this.#byAge, ({ process, above }) => [process, ...above]),
    };
  }

  /** Takes up what was saved, for a new tree; false, and it stays empty, when it is of another form. */
  restore(saved: Json): boolean {
    if (!isJsonObject(saved)) return false;
    const { droppedCount, processes } = saved;
    const isProcess = (item: Json | undefined): item is readonly string[] =>
      isArrayOf(item, (part) => typeof part === "string") && item.length > 0;
    if (!isNumber(droppedCount) || !isArrayOf(processes, isProcess)) return false;
    for (const [process, ...above] of processes as readonly (readonly [string, ...string[]])[])
      this.#add(new KnownProcess(process, above.slice(0, namedMax)));
    this.#droppedCount += droppedCount;
    return true;
  }

  #add(known: KnownProcess): void {
    this.#byProcess.set(known.process, known);
    this.#byAge.append(known);
    const { oldest } = this.#byAge;
    if (oldest === undefined || this.#byAge.size <= this.#processesMax) return;
    this.#byAge.remove(oldest);
    this.#byProcess.delete(oldest.process);
    this.#droppedCount += 1;
  }
}
