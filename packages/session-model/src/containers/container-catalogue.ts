import type { RuntimeFiles } from "../ports.ts";
import type { ContainerFacts } from "./container-facts.ts";
import { containerIdOf, looksLikeHostGroup, plainContainerIdOf } from "./container-id.ts";
import { readContainerd } from "./containerd.ts";
import { readContainersStorage } from "./containers-storage.ts";
import { readDocker } from "./docker.ts";
import { readCrun, readRunc } from "./low-level-runtimes.ts";

/** A container as the files show it: without facts where no runtime's file tells of it (yet). */
export interface Container {
  readonly id: string;
  readonly facts: ContainerFacts | undefined;
}

interface Known {
  container: Container;
  /** When the files are asked again; undefined when they need not be. */
  askAgainNs: bigint | undefined;
  asked: number;
}

/** A runtime may write its files after the first process of a container has started: 1 s, 2 s, 4 s and 8 s later they are read again. */
const firstWaitNs = 1_000_000_000n;
const askedMax = 5;
/** How many ids are remembered, those that turned out to be no container's included. */
const containersMax = 4096;

// Engines before the runtimes below them, which know less.
const engines = [readDocker, readContainerd, readContainersStorage];
const runtimes = [readRunc, readCrun];

/** Knows containers by the control groups of their processes, and asks runtimes' files about each once, or a few times while they are silent. */
export class ContainerCatalogue {
  evicted = 0;
  readonly #files: RuntimeFiles;
  readonly #known = new Map<string, Known>();

  constructor(files: RuntimeFiles) {
    this.#files = files;
  }

  /**
   * The container of a control group. A name that is no 64-digit id counts where a runtime has a state under it, or where the process is known to be
   * in a container anyway.
   */
  ofGroup(cgroupPath: string | undefined, isInContainer: boolean, nowNs: bigint): Container | undefined {
    if (cgroupPath === undefined) return undefined;
    const id = containerIdOf(cgroupPath);
    if (id !== undefined) return this.#container(id, nowNs);
    const plain = plainContainerIdOf(cgroupPath);
    if (plain === undefined) return undefined;
    const container = this.#container(plain, nowNs);
    return container.facts !== undefined || (isInContainer && !looksLikeHostGroup(plain))
      ? container
      : undefined;
  }

  #container(id: string, nowNs: bigint): Container {
    const known = this.#known.get(id);
    if (known === undefined) return this.#ask(id, 1, nowNs);
    if (known.askAgainNs !== undefined && nowNs >= known.askAgainNs)
      return this.#ask(id, known.asked + 1, nowNs);
    return known.container;
  }

  #ask(id: string, asked: number, nowNs: bigint): Container {
    const container = { id, facts: readFacts(this.#files, id) };
    const isFinal = container.facts !== undefined || asked >= askedMax;
    this.#known.set(id, {
      container,
      asked,
      askAgainNs: isFinal ? undefined : nowNs + (firstWaitNs << BigInt(asked - 1)),
    });
    if (this.#known.size > containersMax) this.#evictOldest();
    return container;
  }

  #evictOldest(): void {
    for (const id of this.#known.keys()) {
      this.#known.delete(id);
      this.evicted += 1;
      return;
    }
  }
}

function readFacts(files: RuntimeFiles, id: string): ContainerFacts | undefined {
  const readers = id.length === 64 ? [...engines, ...runtimes] : runtimes;
  for (const read of readers) {
    const facts = read(files, id);
    if (facts !== undefined) return facts;
  }
  return undefined;
}
