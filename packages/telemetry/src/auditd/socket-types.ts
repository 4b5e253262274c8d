/** A process of a host. */
export interface SocketOwner {
  readonly node: string | undefined;
  readonly pid: number;
}

/** How many sockets are remembered. */
const socketsMax = 65_536;
const typeMask = 0xf;
const types: Readonly<Record<number, "stream" | "other">> = { 1: "stream" };

/**
 * What kind of socket a process's descriptor is, from its `socket` calls: `connect` does not say whether a connection is made by it or only an address
 * noted for datagrams. At the limit the oldest is forgotten.
 */
export class SocketTypes {
  /** Sockets that were forgotten. */
  evicted = 0;
  readonly #known = new Map<string, "stream" | "other">();

  /** Notes a call: its second argument, in hexadecimal, is the type with flags above it. */
  open(owner: SocketOwner, descriptor: string | undefined, type: string | undefined): void {
    if (descriptor === undefined || type === undefined) return;
    const key = keyOf(owner, descriptor);
    this.#known.delete(key);
    this.#known.set(key, types[Number.parseInt(type, 16) & typeMask] ?? "other");
    if (this.#known.size <= socketsMax) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      this.evicted += 1;
      return;
    }
  }

  /** Of a descriptor in decimal; undefined where its call was not recorded. */
  of(owner: SocketOwner, descriptor: number): "stream" | "other" | undefined {
    return this.#known.get(keyOf(owner, String(descriptor)));
  }
}

function keyOf({ node, pid }: SocketOwner, descriptor: string): string {
  return `${pid} ${descriptor} ${node ?? ""}`;
}
