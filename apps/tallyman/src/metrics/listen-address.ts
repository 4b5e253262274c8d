import { isIPv6 } from "node:net";

/** How a sentence about one that cannot be read ends. */
export const listenAddressForm = "an address such as 127.0.0.1:9464, a port, or unix:/path";

/** Where the program listens: a port of one of this host's addresses, or a socket in the file system. */
export class ListenAddress {
  /** As Node's `listen` takes it. */
  readonly place: { readonly host: string; readonly port: number } | { readonly path: string };

  private constructor(place: ListenAddress["place"]) {
    this.place = place;
  }

  /** Reads `host:port`, `[::1]:port`, a port of loopback, or `unix:/path`; undefined for any other text. */
  static parse(text: string): ListenAddress | undefined {
    const path = /^unix:(\/.+)$/.exec(text)?.[1];
    if (path !== undefined) return path.includes("\0") ? undefined : new ListenAddress({ path });
    const match = /^(?:(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))?:)?(\d{1,5})$/.exec(text);
    if (match === null) return undefined;
    const [, ipv6, name = "127.0.0.1", digits] = match;
    const port = Number(digits);
    if (port > 65_535 || (ipv6 !== undefined && !isIPv6(ipv6))) return undefined;
    return new ListenAddress({ host: ipv6 ?? name, port });
  }

  /** The same with another port, as when the system has chosen one. */
  withPort(port: number): ListenAddress {
    return "path" in this.place ? this : new ListenAddress({ ...this.place, port });
  }

  /** As it is written. */
  toString(): string {
    if ("path" in this.place) return `unix:${this.place.path}`;
    const { host, port } = this.place;
    return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  }
}
