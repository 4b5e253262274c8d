/**
 * Internet addresses as text of 16 characters, one per byte of the IPv6 form (IPv4 as `::ffff:a.b.c.d`), so that comparing
 * two of them as strings orders them as addresses. Elasticsearch's `ip` type indexes the same 16 bytes, which is why an
 * IPv4 address and its mapped IPv6 form are equal there and here.
 */
export type IpKey = string;

/** The first and the last address of a block, both inside. */
export interface IpRange {
  readonly low: IpKey;
  readonly high: IpKey;
}

const mappedPrefix = `${"\0".repeat(10)}\xff\xff`;

/** Reads an IPv4 or IPv6 address; undefined when the text is not one (a zone such as `%eth0` included). */
export function parseIp(text: string): IpKey | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** Reads a block in CIDR notation, IPv4 or IPv6; bits after the prefix may be set and are ignored. */
export function parseCidr(text: string): IpRange | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseIp(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^\d{1,3}$/.test(length)) return undefined;
  const isIpv4 = !text.includes(":");
  if (Number(length) > (isIpv4 ? 32 : 128)) return undefined;
  const prefix = Number(length) + (isIpv4 ? 96 : 0);
  let low = "";
  let high = "";
  for (let i = 0; i < 16; i++) {
    const fixedBits = Math.max(0, Math.min(8, prefix - i * 8));
    const mask = (0xff << (8 - fixedBits)) & 0xff;
    const byte = address.charCodeAt(i) & mask;
    low += String.fromCharCode(byte);
    high += String.fromCharCode(byte | (~mask & 0xff));
  }
  return { low, high };
}

/** The address in its usual form: dotted for IPv4, RFC 5952's shortest for IPv6. */
export function formatIp(key: IpKey): string {
  const bytes = Array.from(key, (unit) => unit.charCodeAt(0));
  if (key.startsWith(mappedPrefix)) return bytes.slice(12).join(".");
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0)).toString(16),
  );
  const text = groups.join(":");
  // The longest run of zero groups, the first of equals, of at least two, is left out.
  const runs = text.match(/(?<![^:])0(?::0)+(?![^:])/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), "");
  if (longest === "") return text;
  const at = text.search(new RegExp(`(?<![^:])${longest}(?![^:])`));
  return `${text.slice(0, at).replace(/:$/, "")}::${text.slice(at + longest.length).replace(/^:/, "")}`;
}

function parseIpv4(text: string): IpKey | undefined {
  if (text.length < 7 || text.length > 15) return undefined;
  let key = mappedPrefix;
  let value = -1;
  let digitCount = 0;
  let parts = 0;
  for (let i = 0; i <= text.length; i++) {
    const c = i < text.length ? text.charCodeAt(i) : 46;
    if (c === 46) {
      if (value < 0 || value > 255) return undefined;
      key += String.fromCharCode(value);
      parts += 1;
      value = -1;
      digitCount = 0;
    } else if (c >= 48 && c <= 57) {
      // A leading zero is refused, as Java's parser does: it would be octal to some readers and decimal to others.
      if (value === 0) return undefined;
      value = Math.max(value, 0) * 10 + (c - 48);
      digitCount += 1;
      if (digitCount > 3) return undefined;
    } else return undefined;
  }
  return parts === 4 ? key : undefined;
}

function parseIpv6(text: string): IpKey | undefined {
  if (text.length > 45) return undefined;
  const gap = text.indexOf("::");
  if (gap !== text.lastIndexOf("::")) return undefined;
  if (gap < 0) {
    const all = parseGroups(text);
    return all?.length === 16 ? all : undefined;
  }
  const before = text.slice(0, gap);
  const head = gap === 0 ? "" : before.includes(".") ? undefined : parseGroups(before);
  const tail = gap + 2 === text.length ? "" : parseGroups(text.slice(gap + 2));
  if (head === undefined || tail === undefined || head.length + tail.length > 14) return undefined;
  return head + "\0".repeat(16 - head.length - tail.length) + tail;
}

function parseGroups(text: string): string | undefined {
  const groups = text.split(":");
  let key = "";
  for (const [i, group] of groups.entries()) {
    if (i === groups.length - 1 && group.includes(".")) {
      const ipv4 = parseIpv4(group);
      if (ipv4 === undefined) return undefined;
      key += ipv4.slice(12);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      key += String.fromCharCode(value >> 8, value & 0xff);
    }
  }
  return key;
}
