import type { RuntimeFiles } from "../ports.ts";
import type { Entry } from "../session/entry.ts";
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
   * The container of a process: that of its control group, else that through which it came in. A container may make groups below its own, under any names,
   * and with rights on the host its processes can leave them altogether.
   */
  ofProcess(cgroupPath: string | undefined, entry: Entry | undefined, nowNs: bigint): Container | undefined {
    const own = this.ofGroup(cgroupPath, nowNs);
    if (own !== undefined || entry?.type !== "container") return own;
    const entryPath = entry.cgroupPath ?? cgroupPath;
    return this.ofGroup(entryPath, nowNs) ?? this.#namedAfterGroup(entryPath, nowNs);
  }

  /** The container of a control group. A name that is no 64-digit id counts where a runtime has a state under it. */
  ofGroup(cgroupPath: string | undefined, nowNs: bigint): Container | undefined {
    if (cgroupPath === undefined) return undefined;
    const id = containerIdOf(cgroupPath);
    if (id !== undefined) return this.#container(id, nowNs);
    const plain = plainContainerIdOf(cgroupPath);
    const container = plain === undefined ? undefined : this.#container(plain, nowNs);
    return container?.facts === undefined ? undefined : container;
  }

  /** Where no runtime is known to have made the container, its name is the last of its group's. */
  #namedAfterGroup(cgroupPath: string | undefined, nowNs: bigint): Container | undefined {
    const plain = cgroupPath === undefined ? undefined : plainContainerIdOf(cgroupPath);
    return plain === undefined || looksLikeHostGroup(plain) ? undefined : this.#container(plain, nowNs);
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
