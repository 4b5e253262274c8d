/** A process of a host. */
export interface SocketOwner {
  readonly node: string | undefined;
  readonly pid: number;
}

type SocketType = "stream" | "other";
/** The sockets of some processes, by owner and descriptor. */
type Sockets = Map<string, Map<string, SocketType>>;

/** How many sockets are remembered at most: the last half of them always. */
const socketsMax = 65_536;
const typeMask = 0xf;
const types: Readonly<Record<number, SocketType>> = { 1: "stream" };

/**
 * What kind of socket a process's descriptor is, from its `socket` calls: `connect` does not say whether a connection is made by it or only an address
 * noted for datagrams. They are kept in two generations, since taking the oldest out of one large table costs more the longer that goes on.
 */
export class SocketTypes {
  /** Sockets that were forgotten while their processes ran, as far as was known. */
  evicted = 0;
  #young: Sockets = new Map();
  #old: Sockets = new Map();
  /** Sockets in the young generation. */
  #youngCount = 0;

  /** Notes a call: its second argument, in hexadecimal, is the type with flags above it. */
  open(owner: SocketOwner, descriptor: string | undefined, type: string | undefined): void {
    if (descriptor === undefined || type === undefined) return;
    const key = keyOf(owner);
    this.#old.get(key)?.delete(descriptor);
    let sockets = this.#young.get(key);
    if (sockets === undefined) {
      sockets = new Map();
      this.#young.set(key, sockets);
    }
    const before = sockets.size;
    sockets.set(descriptor, types[Number.parseInt(type, 16) & typeMask] ?? "other");
    this.#youngCount += sockets.size - before;
    if (this.#youngCount >= socketsMax / 2) this.#age();
  }

  /** Forgets the sockets of a process that has ended. */
  end(owner: SocketOwner): void {
    const key = keyOf(owner);
    this.#youngCount -= this.#young.get(key)?.size ?? 0;
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Of a descriptor in decimal; undefined where its call was not recorded. */
  of(owner: SocketOwner, descriptor: number): SocketType | undefined {
    const key = keyOf(owner);
    const name = String(descriptor);
    return this.#young.get(key)?.get(name) ?? this.#old.get(key)?.get(name);
  }

  #age(): void {
    for (const { size } of this.#old.values()) this.evicted += size;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngCount = 0;
  }
}

function keyOf({ node, pid }: SocketOwner): string {
  return `${pid} ${node ?? ""}`;
}
