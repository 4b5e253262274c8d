import { Random } from "../../tools/random.ts";
import { type Host, makeHosts } from "./hosts.ts";
import { zipf } from "./zipf.ts";

/** A container's entrypoint that has just started and has yet to call out. */
export interface Entrypoint {
  readonly host: Host;
  readonly entityId: string;
}

/** How many processes are remembered, for later events to descend from. */
const entitiesMax = 5000;

/** What the events of one run have in common: time, hosts, and the processes there so far. */
export class World {
  readonly random: Random;
  /** Where in time the next event stands, in epoch milliseconds. */
  nowMs = Date.UTC(2026, 0, 5, 8);
  /** Of all events of the Endpoint, as each counts them. */
  sequence = 0;
  /** How many events of Linux processes there were so far. */
  linuxProcesses = 0;
  /** The entrypoints that the next network events come from. */
  readonly entrypoints: Entrypoint[] = [];
  readonly #pickLinux: (random: Random) => Host;
  readonly #pickWindows: (random: Random) => Host;
  readonly #entities: string[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
    const hosts = makeHosts(this.random);
    this.#pickLinux = zipf(hosts.linux, 0.5);
    this.#pickWindows = zipf(hosts.windows, 0.5);
    for (let i = 0; i < 20; i++) this.startProcess();
  }

  linuxHost(): Host {
    return this.#pickLinux(this.random);
  }

  windowsHost(): Host {
    return this.#pickWindows(this.random);
  }

  /** The entity id of a process that starts. */
  startProcess(): string {
    const id = this.random.base64(30);
    if (this.#entities.length < entitiesMax) this.#entities.push(id);
    else this.#entities[this.random.below(entitiesMax)] = id;
    return id;
  }

  /** The entity id of a process that is there. */
  runningProcess(): string {
    return this.random.pick(this.#entities);
  }

  /** Those that a process descends from, two to four of them. */
  ancestry(): readonly string[] {
    return Array.from({ length: 2 + this.random.below(3) }, () => this.runningProcess());
  }

  /** A moment so long before the present one at most. */
  before(longestMs: number): string {
    return isoDate(this.nowMs - this.random.below(longestMs));
  }

  privateAddress(): string {
    const { random } = this;
    return `10.${random.below(7)}.${random.below(255)}.${1 + random.below(254)}`;
  }

  publicAddress(): string {
    const { random } = this;
    return `${random.pick(publicBlocks)}.${random.below(255)}.${random.below(255)}.${1 + random.below(254)}`;
  }
}

/** First numbers of addresses that are all public. */
const publicBlocks = [13, 18, 20, 34, 35, 44, 52, 54, 64, 82, 91, 104, 142, 151, 185];

export function isoDate(ms: number): string {
  return new Date(ms).toISOString();
}
